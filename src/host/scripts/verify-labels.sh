read_scope
command -v getfattr >/dev/null || fail 'getfattr (package attr) is not there'
directory=$(mktemp -d -p /run) || fail 'cannot make a temporary directory'
# Expanded here and now: nothing that is called $directory later is removed.
# shellcheck disable=SC2064
trap "rm -rf -- '$directory'" EXIT
tell() { evidence "$((labelled + unlabelled)) files in scope, $labelled labelled, $unlabelled without a label"; }
count_labels "$directory/first"
if [ "$unlabelled" -gt 0 ]; then
    # What was written after the labelling passed by (journald archives its files, for one) is labelled by another open, in
    # fix mode; elsewhere this changes nothing.
    unlabelled_names | head -n 1000 | raw | xargs -0 -r head -qc0 -- 2>/dev/null
    count_labels "$directory/second"
fi
tell
[ "$labelled" -gt 0 ] || fail 'no file is in scope: labels.filesystems names none of the mounted file systems, or find failed'
if unreadable >&2; then fail 'the labels of these files cannot be read'; fi
[ "$unlabelled" = 0 ] && exit 0
[ "$unlabelled" -le 1000 ] || { unlabelled_names | head -n 20 >&2; fail "$unlabelled files in scope have no label, these among them"; }
unlabelled_names | holders >"$directory/holders"
while IFS= read -r holder && IFS= read -r name; do
    evidence "no label yet: $name is held open for writing by $holder; an appraising kernel labels it when it is closed"
done <"$directory/holders"
# Each file is counted, whatever becomes of the lines below.
lacking=$((unlabelled - $(wc -l <"$directory/holders") / 2))
[ "$lacking" -gt 0 ] || exit 0
unlabelled_names | grep -Fxv -e "$(sed -n 'n;p' "$directory/holders")" | while IFS= read -r name; do
    file=$(unquoted "$name" && echo /)
    why=$(unchangeable "${file%/}")
    printf '%s: %s\n' "$name" "${why:-it was made after the labelling, or the loaded rules do not appraise it, or its file system keeps no xattrs}" >&2
done
fail "$lacking files in scope have no label"
