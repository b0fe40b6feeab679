# $1: who; findings on standard input, a line each. What was accepted before stays.
mkdir -p -- "$state" && cd "$state" || fail "$state cannot be used"
alone accepted
trap 'rm -f -- accepted.new' EXIT
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
{
    [ ! -f accepted ] || cat accepted
    while IFS= read -r finding; do printf '%s  %s  %s\n' "$now" "$1" "$finding"; done
} >accepted.new || fail "cannot write in $state"
chmod 600 accepted.new && sync -- accepted.new && mv -f -T -- accepted.new accepted && sync -- . || fail "cannot write $state/accepted"
