[ -e "$1" ] || exit 0
[ -f "$1" ] || fail "$1 is not a regular file"
keep_earlier "$1" || fail "cannot keep a copy of $1; it stays"
rm -f -- "$1" || fail "cannot remove $1"
sync -- "${1%/*}/"
evidence "the earlier $1 is kept in $state/earlier$1.*"
