mkdir -p -- "$state" && chmod 700 -- "$state" && failed_units >"$state/failed-units" || fail "cannot write in $state"
failed=$(tr '\n' ' ' <"$state/failed-units")
evidence "units that fail already: ${failed:-none}"
