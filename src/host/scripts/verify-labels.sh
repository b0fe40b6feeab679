read_scope
command -v getfattr >/dev/null || fail 'getfattr (package attr) is not there'
directory=$(mktemp -d -p /run) || fail 'cannot make a temporary directory'
trap 'rm -rf -- "$directory"' EXIT
tell() { evidence "$((labelled + unlabelled)) files in scope, $labelled labelled, $unlabelled without a label"; }
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

count_labels "$directory/first"
if [ "$unlabelled" -gt 0 ]; then
    # What was written after the labelling passed by (journald archives its files, for one) is labelled by another open, in
    # fix mode; elsewhere this changes nothing.
    unlabelled_names | head -n 1000 | while IFS= read -r name; do head -qc0 -- "$(unquoted "$name")" 2>/dev/null; done
    count_labels "$directory/second"
fi
tell
[ "$labelled" -gt 0 ] || fail 'no file is in scope: labels.filesystems names none of the mounted file systems, or find failed'
if unreadable >&2; then fail 'the labels of these files cannot be read'; fi
[ "$unlabelled" = 0 ] && exit 0
[ "$unlabelled" -le 1000 ] || { unlabelled_names | head -n 20 >&2; fail "$unlabelled files in scope have no label, these among them"; }
being_written=0
while IFS= read -r name; do
    name=$(unquoted "$name")
    holder=$(held "$name")
    if [ -n "$holder" ]; then
        being_written=$((being_written + 1))
        evidence "no label yet: $name is held open for writing by $holder; the kernel labels it when it is closed"
    else
        printf '%s: %s\n' "$name" "$(reason "$name")" >&2
    fi
done <<EOF
$(unlabelled_names)
EOF
# Each file is counted, whatever its name does to the lines above.
[ "$unlabelled" = "$being_written" ] || fail "$((unlabelled - being_written)) files in scope have no label"
