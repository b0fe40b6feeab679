# $1: the run; $2: who started it; $3: the run that held the lock last when the plan was made; $4: the runs whose locks may
# be taken over; $5: seconds after which the run begins no step any more. Takes this host's lock.
mkdir -p -- "$state" || fail "cannot make $state"
alone lock
held=$(holder run)
if [ "$held" ] && [ "$held" != "$1" ]; then
    since=$(holder since)
    quiet=$(($(date +%s) - $(stat -c %Y "$state/lock")))
    until=$(holder until)
    who="run $held of $(holder by) holds the lock of this host since $since, and began its last step $quiet s ago"
    if [ "$(date +%s)" -gt "$(date -d "$until" +%s 2>/dev/null || echo 0)" ]; then
        advice="it was to begin none after $until, so it is gone, or that one is not over: --take-over $held"
    else
        advice="wait until it ends, it begins none after $until; if it is gone: --take-over $held"
    fi
    case " $4 " in *" $held "*) ;; *) fail "$who: $advice" ;; esac
else
    last=$(sed -n 's/^run=//p' "$state/last-run" 2>/dev/null)
    [ "$last" = "$3" ] || [ "$held" ] ||
        fail "run $last of $(sed -n 's/^by=//p' "$state/last-run") has worked on this host since the plan was made: apply again"
fi
trap 'rm -f -- "$state/lock.new"' EXIT
now=$(date +%s)
utc() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
printf 'run=%s\nby=%s\nsince=%s\nuntil=%s\n' "$1" "$2" "$(utc "$now")" "$(utc $((now + ${5:-0})))" >"$state/lock.new" &&
    sync -- "$state/lock.new" && mv -f -T -- "$state/lock.new" "$state/lock" && sync -- "$state/" ||
    fail "cannot write $state/lock"
# Whom it was taken from begins nothing more; what it has begun ends first.
if [ "$held" ] && [ "$held" != "$1" ]; then
    exec 9>&-
    at_work
    flock -w 600 7 || { mv -f -T -- "$state/lock" "$state/last-run"; fail "$who: that step is still at work"; }
fi
