# $1: seconds; the command comes on standard input.
command=$(cat)
timeout -k 10 "$1" sh -c -- "$command" </dev/null
status=$?
[ "$status" = 124 ] && fail "the check did not end within $1 s"
exit "$status"
