path=$(readlink -m -- "$1")
if [ -e "$path" ] && [ ! -f "$path" ]; then fail "$1 is there and is not a regular file"; fi
receive "$path" "$2" "$3" "$4" "$5"
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
