# $1: the policy's path, $2: its digest, both empty without one. What the last trial boot left behind, lines:
#   ended WORDS | denied RECORD | policy WORDS | said LINE | end
log=$state/trial.log
now=$(boot_time)
if [ -s "$log" ]; then
    id=$(sed -n 1p "$log")
    since=$(sed -n 's/^btime //p' "$log")
    # Lines of /dev/kmsg: priority,number,microseconds,flags;text, then lines that begin with a blank.
    last=$(grep -aE '^[0-9]+,[0-9]+,[0-9]+,' "$log" | tail -n 1 | cut -d , -f 3)
    if grep -qa 'imaform: this trial boot was not confirmed' "$log"; then
        echo 'ended its guard rebooted it, since nobody confirmed it in time'
    elif init=$(sed -n 's/.*imaform: \(.*\) was not executed.*/\1/p' "$log") && [ "$init" ]; then
        echo "ended its guard rebooted it at once, since $init could not be executed"
    elif journalctl -q -b "$id" --no-pager -o cat 2>/dev/null | grep -q 'Reached target .*\(Reboot\|Power-Off\)'; then
        echo 'ended it was shut down in good order'
    else
        echo "ended it broke off $((${last:-0} / 1000000)) s after the kernel began, and nothing says why: a panic, a reset, or the power went"
    fi
else
    id='' since=$now
    echo 'ended it broke off before it could leave a record: process 1 did not begin, a panic, a reset, or the power went'
fi
denials "${since:-$now}" "$now" "$log" | sed 's/^/denied /'
if [ "$1" ]; then
    tried=$1
    [ -f "$1.unconfirmed" ] && tried=$1.unconfirmed
    if [ -f "$tried" ]; then
        sum=$(sha256sum <"$tried")
        [ "${sum%% *}" = "$2" ] || printf 'policy %s is not what imaform installed: somebody changed it before the trial\n' "$tried"
    fi
fi
{
    [ -f "$log" ] && sed -n 's/^[0-9]*,[0-9]*,[0-9]*,[^;]*;//p' "$log"
    [ "$id" ] && journalctl -q -b "$id" -p err --no-pager -o short-monotonic 2>/dev/null
} | grep -aiE 'panic|freez|fail|cannot|denied|emergency mode|not found|error' | grep -av -e 'audit: type=' -e 'ommand line: ' -e calibrate_delay |
    tail -n 12 | sed 's/^/said /'
echo end
