# A kubelet does not start beside swap (failSwapOn). What is in /etc/fstab comes back with the next boot.
devices=$(sed 1d /proc/swaps | cut -d ' ' -f 1 | tr '\n' ' ')
[ -n "$devices" ] || exit 0
swapoff -a || fail "swapoff -a failed, and the kubelet does not start beside $devices"
evidence "swapoff -a: swap was on ($devices), beside which a kubelet does not start"
