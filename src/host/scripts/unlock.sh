# $1: the run. Gives its lock of this host back. Who asks a second time, after a cut connection, has been answered.
alone lock
held=$(holder run)
if [ -z "$held" ] && [ "$(sed -n 's/^run=//p' "$state/last-run" 2>/dev/null)" = "$1" ]; then exit 0; fi
[ "$held" = "$1" ] || fail "run $1 no longer holds the lock of this host${held:+: $(holder by) has taken it over (run $held)}"
mv -f -T -- "$state/lock" "$state/last-run" && sync -- "$state/" || fail "cannot give $state/lock back"
