# The first line that the kernel reads is invalid, so that nothing is ever loaded, even when this
# script is killed in the middle; each following line still gets its verdict (ima_write_policy in ima_fs.c).
node=/sys/kernel/security/ima/policy
[ -e "$node" ] || fail 'the policy door of this boot is closed: a policy is already loaded'
exec 3>"$node" || fail "$node cannot be opened for writing"
printf 'imaform-judges-only\n' >&3 2>/dev/null && fail 'the kernel took a line that is no rule; nothing is sure'
number=0 rejected=0
while IFS= read -r rule; do
    number=$((number + 1))
    case $rule in '' | '#'*) continue ;; esac
    if ! printf '%s\n' "$rule" >&3 2>/dev/null; then
        rejected=$((rejected + 1))
        printf 'line %s: the kernel rejects: %s\n' "$number" "$rule" >&2
    fi
done
exec 3>&-
[ "$rejected" = 0 ] || fail "kernel $(uname -r) rejects $rejected lines; the policy is not installed, since a rejected policy freezes the boot"
evidence "kernel $(uname -r) accepts all $number lines"
