# $@: as of boot-mode. The guard of a trial boot ends only after the block is written: until then the host goes back.
alone boot-mode
write_boots "$@"
evidence "$block: every boot $1"
# The guard's name is an argument of the shell that runs it; as a pattern it is none of grep's own.
guards() { grep -lzx '/usr/lib/imaform/[g]uard' /proc/[0-9]*/cmdline 2>/dev/null | sed 's:^/proc/::; s:/cmdline$::'; }
if [ -z "$(guards)" ]; then
    case $(cat /proc/cmdline) in *imaform.trial=*) evidence 'this trial boot had no guard: the kernel or the initramfs took another init=' ;; esac
    exit 0
fi
# shellcheck disable=SC2046
kill $(guards)
waited=0
while [ -n "$(guards)" ]; do
    waited=$((waited + 1))
    [ "$waited" -le 300 ] || fail 'the guard of the trial boot does not end; it reboots the host, into the mode that is now confirmed'
    sleep 0.1
done
evidence 'the guard of the trial has ended'
