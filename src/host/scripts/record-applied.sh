# $1: the run; $2: who started it; what the host is now on standard input. Plans tell by it who has changed what differs.
cd "$state" || fail "$state cannot be used"
trap 'rm -f -- applied.new' EXIT
{
    printf 'run=%s\nby=%s\nat=%s\n' "$1" "$2" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    cat
} >applied.new && chmod 600 applied.new && sync -- applied.new && mv -f -T -- applied.new applied && sync -- . ||
    fail "cannot write $state/applied"
