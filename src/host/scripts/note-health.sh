mkdir -p -- "$state" && chmod 700 -- "$state" && failed_units >"$state/failed-units" || fail "cannot write in $state"
evidence "units that fail already: $(tr '\n' ' ' <"$state/failed-units" | sed 's/^$/none/')"
