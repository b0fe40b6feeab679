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
# $6: what may be there, in one word or more: digests, `absent`, `any`. Who comes second, after a cut connection, finds the
# new content itself.
if [ -e "$path" ]; then
    sum=$(sha256sum <"$path") || fail "cannot read $path; it is as it was"
    sum=${sum%% *}
else
    sum=absent
fi
case " $6 $5 " in
*" $sum "* | *' any '*) ;;
*) fail "$1 changed since the plan was made; it is as it was; apply again" ;;
esac
put "$path"
evidence "findmnt --verify: $after errors"
