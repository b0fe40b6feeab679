path=$(readlink -m -- "$1")
receive "$path" "$2" "$3" "$4" "$5"
command -v findmnt >/dev/null || fail 'findmnt (util-linux) is not there to check the new fstab; the file is as it was'
errors() { findmnt --verify --tab-file "$1" 2>&1 | grep -c '\[E\]'; }
before=$(errors "$path")
after=$(errors "$tmp")
if [ "$after" -gt "$before" ]; then
    findmnt --verify --tab-file "$tmp" >&2
    fail "findmnt --verify finds new errors in the new fstab; $path is as it was"
fi
as_planned "$1" "$path" "$6 $5"
put "$path"
evidence "findmnt --verify: $after errors"
