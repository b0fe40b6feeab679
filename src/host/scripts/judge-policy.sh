# The policy comes on standard input, $1 is its digest. The first line that the kernel reads is invalid, so that nothing is
# ever loaded, even when this script is killed in the middle; each following line still gets its verdict (ima_write_policy in
# ima_fs.c).
node=/sys/kernel/security/ima/policy
[ -e "$node" ] || fail 'this kernel takes no policy before the next boot: one is already loaded'
policy=$(mktemp -p /run) || fail 'cannot make a temporary file'
trap 'rm -f -- "$policy"' EXIT
cat >"$policy"
sum=$(sha256sum <"$policy")
[ "${sum%% *}" = "$1" ] || fail 'the policy did not arrive whole; nothing was judged'
boot=$(sed -n 's/^btime //p' /proc/stat)
# The time of birth, since a package keeps the time of change of its build, and a label is a change of the inode.
later=
for image in /boot/vmlinu*; do
    if [ "$(stat -c %W -- "$image" 2>/dev/null || echo 0)" -gt "$boot" ]; then later="$later ${image#/boot/}"; fi
done
[ -z "$later" ] || fail "installed after this boot:$later. The next boot may run a kernel that has not judged this policy; reboot the host, then apply"
command exec 3>"$node" || fail "$node cannot be opened for writing"
printf 'imaform-judges-only\n' >&3 2>/dev/null && fail 'the kernel took a line that is no rule; nothing is sure'
number=0 rejected=0
while IFS= read -r rule; do
    number=$((number + 1))
    case $rule in '' | '#'*) continue ;; esac
    if ! printf '%s\n' "$rule" >&3 2>/dev/null; then
        rejected=$((rejected + 1))
        printf 'line %s: the kernel rejects: %s\n' "$number" "$rule" >&2
    fi
done <"$policy"
exec 3>&-
[ "$rejected" = 0 ] || fail "kernel $(uname -r) rejects $rejected lines; the policy is not installed, since a rejected policy freezes the boot"
evidence "kernel $(uname -r) accepts all $number lines"
