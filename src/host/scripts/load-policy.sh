# $1: the policy file, $2: its digest.
node=/sys/kernel/security/ima/policy
[ -e "$node" ] || fail 'the policy door of this boot is closed: a policy is already loaded; it can be loaded after the next reboot'
cat -- "$1" >"$node" || fail "the kernel rejects $1; nothing is loaded"
mkdir -p "$run" && printf '%s\n' "$2" >"$run/policy"
line=$(dmesg 2>/dev/null | grep 'ima: policy update' | tail -n 1)
case $line in
*failed*) fail "the kernel says: $line" ;;
esac
evidence "${line:-the policy is loaded}"
