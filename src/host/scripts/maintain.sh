# $1: seconds; the rest: the command, word by word. Standard input: the scope of the labels.
read_scope
seconds=$1
shift
alone maintain 8
mkdir -p -- "$state" && chmod 700 "$state" || fail "cannot make $state"
stamp=$state/maintenance log=$state/maintenance.log
grub_directory
menu=$grub/grub.cfg
cp -p -- "$menu" "$menu.before" || fail "cannot keep a copy of $menu; nothing was run"
touch -d '1 second ago' "$stamp" || fail "cannot write in $state; nothing was run"
# A command that is half done is worse than one that nobody watches: it goes on when the connection ends.
trap '' HUP PIPE
timeout -k 60 "$seconds" "$@" </dev/null >"$log" 2>&1
status=$?
tail -n 3 "$log" | while IFS= read -r line; do evidence "$line"; done
if ! cmp -s -- "$menu" "$menu.before"; then
    # The host booted by this one and was reached: what a trial of the new one goes back to.
    keep_menu "$menu.before"
    evidence "the boot menu changed; the one of before is $menu.earlier"
fi
rm -f -- "$menu.before"
newest=$(find /boot -maxdepth 1 -name 'vmlinuz-*' -printf '%f\n' | sort -V | tail -n 1)
[ "$newest" = "vmlinuz-$(uname -r)" ] || evidence "the newest kernel is ${newest#vmlinuz-}, this boot runs $(uname -r): --reboot boots the new one on trial"
changed() { in_scope -cnewer "$stamp"; }
if [ "$scope_types" ]; then
    label changed
    told set | head -n 20 | sed 's/\\040/ /g' | while IFS= read -r name; do evidence "labelled anew: $name"; done
fi
case $status in
0) ;;
124) fail "the command did not end within $seconds s and was stopped; its output is in $log
$(tail -n 20 "$log")" ;;
*) fail "the command failed (exit $status); its output is in $log
$(tail -n 20 "$log")" ;;
esac
