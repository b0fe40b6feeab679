read_scope
command -v getfattr >/dev/null || fail 'getfattr (package attr) is not there'
trap 'rm -f -- "$missing"' EXIT
count_labels
tell() { evidence "$((labelled + unlabelled)) files in scope, $labelled labelled, $unlabelled without a label"; }
if [ "$unlabelled" = 0 ]; then
    tell
    exit 0
fi

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

being_written=0
first_missing=$missing
while IFS= read -r name; do
    # What was written after the labelling passed by (journald archives its files, for one) is labelled by another open,
    # in fix mode; elsewhere this changes nothing.
    head -qc0 -- "$name" 2>/dev/null
    if [ ! -e "$name" ] || getfattr -h --absolute-names -n security.ima -- "$name" >/dev/null 2>&1; then continue; fi
    holder=$(held "$name")
    if [ -n "$holder" ]; then
        being_written=$((being_written + 1))
        evidence "no label yet: $name is held open for writing by $holder; the kernel labels it when it is closed"
    else
        printf '%s: %s\n' "$name" "$(reason "$name")" >&2
    fi
done <<EOF
$(unlabelled_names | head -n 200)
EOF
# Names with a newline are told wrongly above; the count is what decides.
count_labels
rm -f -- "$first_missing"
tell
[ "$unlabelled" -le "$being_written" ] || fail "$((unlabelled - being_written)) files in scope have no label"
