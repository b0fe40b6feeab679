read_scope
command -v getfattr >/dev/null || fail 'getfattr (package attr) is not there'
trap 'rm -f -- "$missing"' EXIT
count_labels
evidence "$((labelled + unlabelled)) files in scope, $labelled labelled, $unlabelled without a label"
[ "$unlabelled" = 0 ] && exit 0
# Why the kernel left a file without a label.
reason() {
    case $(findmnt -n -o OPTIONS --target "$1" 2>/dev/null) in
    ro | ro,*) echo 'its file system is mounted read-only'; return ;;
    esac
    case $(lsattr -d -- "$1" 2>/dev/null | cut -d ' ' -f 1) in
    *i*) echo 'it is immutable (chattr -i)'; return ;;
    esac
    echo 'the loaded rules do not appraise it, or its file system keeps no xattrs'
}

bad=0
sed -n 's/^getfattr: //; s/: security.ima: No such attribute$//p; s/^\(.*\): security.ima: No such attribute$/\1/p' "$missing" | head -n 200 >"$missing.names"
while IFS= read -r name; do
    # What was written after the labelling passed by (journald archives its files, for one) is labelled by another open,
    # in fix mode; elsewhere this changes nothing.
    head -qc0 -- "$name" 2>/dev/null
    if [ ! -e "$name" ] || getfattr -h --absolute-names -n security.ima -- "$name" >/dev/null 2>&1; then continue; fi
    holder=$(held "$name")
    if [ -n "$holder" ]; then
        evidence "no label yet: $name is held open for writing by $holder; the kernel labels it when it is closed"
    else
        bad=$((bad + 1))
        printf '%s: %s\n' "$name" "$(reason "$name")" >&2
    fi
done <"$missing.names"
rm -f -- "$missing.names"
[ "$bad" = 0 ] || fail "$bad files in scope have no label"
