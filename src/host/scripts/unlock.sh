# Gives the lock of this host back, which the run that calls still holds when it is alone here.
alone lock
[ "$(holder run)" = "$caller" ] || fail "run $caller no longer holds the lock of this host"
mv -f -T -- "$state/lock" "$state/last-run" && sync -- "$state/" || fail "cannot give $state/lock back"
