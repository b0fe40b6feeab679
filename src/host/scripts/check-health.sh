# $1: seconds that the boot may take until its jobs are done; $2: `policy` where one must be loaded by now. Standard input:
#   service UNIT | package NAME
# The answer, lines: `problem WORDS` | `accepted FINDING` (of the gate) | `denied RECORD` (audit type 1800) | `end`
problem() { printf 'problem %s\n' "$*"; }
[ -e /sys/kernel/security/ima ] || problem 'IMA is not active: /sys/kernel/security/ima is not there'
if [ "$2" ]; then
    node=/sys/kernel/security/ima/policy
    case $(stat -c %A "$node" 2>/dev/null) in
    *w*) [ "$(dmesg | grep -c 'ima: policy update completed')" -gt 0 ] || problem 'the policy is not loaded: the kernel would still take one' ;;
    esac
fi
if command -v systemctl >/dev/null; then
    systemd=$(timeout "$1" systemctl is-system-running --wait 2>/dev/null)
    case $systemd in
    running | degraded) ;;
    *) problem "the boot is not over: systemd is ${systemd:-silent}, and these jobs wait: $(systemctl list-jobs --no-legend --no-pager | head -n 5 | tr '\n' ';')" ;;
    esac
    before=$state/failed-units
    [ -f "$before" ] || before=/dev/null
    failed=$(failed_units)
    for unit in $(printf '%s\n' "$failed" | comm -13 "$before" -); do
        problem "$unit failed, and did not before: $(journalctl -q -b -u "$unit" --no-pager -o cat | tail -n 2 | tr '\n' ';')"
    done
    evidence "systemd is $systemd; units that fail: $(echo "${failed:-none}" | tr '\n' ' ')"
fi
while IFS= read -r line; do
    case $line in
    'service '*) systemctl is-active --quiet -- "${line#service }" || problem "${line#service } is not active: see journalctl -u ${line#service }" ;;
    'package '*)
        command -v dpkg-query >/dev/null || continue
        [ "$(dpkg-query -W -f '${db:Status-Status}' -- "${line#package }" 2>/dev/null)" = installed ] || problem "the package ${line#package } is not installed"
        ;;
    esac
done
[ ! -f "$state/accepted" ] || sed 's/^[^ ]*  [^ ]*  /accepted /' "$state/accepted"
denials "$(boot_time)" 9999999999 | sed 's/^/denied /'
echo end
