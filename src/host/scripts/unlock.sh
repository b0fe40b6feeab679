# $1: the run that calls. Gives its lock of this host back.
alone lock
[ "$(holder run)" = "$1" ] || fail "run $1 no longer holds the lock of this host"
mv -f -T -- "$state/lock" "$state/last-run" && sync -- "$state/" || fail "cannot give $state/lock back"
