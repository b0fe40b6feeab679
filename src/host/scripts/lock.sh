# $1: the run; $2: who started it; $3: the run that held the lock last when the plan was made; $4: the runs whose locks may
# be taken over. Takes this host's lock.
mkdir -p -- "$state" || fail "cannot make $state"
alone lock
held=$(holder run)
if [ "$held" ] && [ "$held" != "$1" ]; then
    since=$(holder since)
    quiet=$(($(date +%s) - $(stat -c %Y "$state/lock")))
    who="run $held of $(holder by) holds the lock of this host since $since, and began its last step $quiet s ago"
    case " $4 " in *" $held "*) ;; *) fail "$who: wait until it ends; if it is gone: --take-over $held" ;; esac
else
    last=$(sed -n 's/^run=//p' "$state/last-run" 2>/dev/null)
    [ "$last" = "$3" ] || [ "$held" ] ||
        fail "run $last of $(sed -n 's/^by=//p' "$state/last-run") has worked on this host since the plan was made: apply again"
fi
trap 'rm -f -- "$state/lock.new"' EXIT
printf 'run=%s\nby=%s\nsince=%s\n' "$1" "$2" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$state/lock.new" &&
    sync -- "$state/lock.new" && mv -f -T -- "$state/lock.new" "$state/lock" && sync -- "$state/" ||
    fail "cannot write $state/lock"
# Whom it was taken from begins nothing more; what it has begun ends first.
if [ "$held" ] && [ "$held" != "$1" ]; then
    exec 9>&-
    at_work
    flock -w 600 7 || { mv -f -T -- "$state/lock" "$state/last-run"; fail "$who: that step is still at work"; }
fi
