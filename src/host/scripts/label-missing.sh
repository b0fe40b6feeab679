read_scope
command -v setfattr >/dev/null || fail 'setfattr (package attr) is not there'
list=$(mktemp -p /run) || fail 'cannot make a temporary file'
trap 'rm -f -- "$list" "$missing"' EXIT
export list
scope_find -print0 | xargs -0 -r -n 128 sh -c '
    getfattr -h --absolute-names -n security.ima -- "$@" >/dev/null 2>&1 && exit
    for file do
        getfattr -h --absolute-names -n security.ima -- "$file" >/dev/null 2>&1 && continue
        sum=$(sha256sum <"$file") || { printf "%s: cannot be read\n" "$file" >>"$list"; continue; }
        setfattr -h -n security.ima -v "0x0404${sum%% *}" -- "$file" || printf "%s: setfattr failed\n" "$file" >>"$list"
    done' imaform
[ -s "$list" ] && { head -n 20 "$list" >&2; fail 'some files could not be labelled; `imaform rollback --to fix` and apply label them by the kernel'; }
evidence 'labels were set from userspace (sha256)'
