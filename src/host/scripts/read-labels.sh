# Compares every label in scope with its file. The answer is lines, of which label-look.sh says what they mean, and these:
#   writer PID COMMAND             who holds the next one open for writing
#   writes NAME
#   end
read_scope
scope_totals
[ "$files_total" -gt 0 ] || fail 'no file is in scope: labels.filesystems names none of the mounted file systems, or find failed'
scope_find -print0 | look "$directory/first" | tell_progress
look_again
tell_found
names <"$directory/second" | holders | while IFS= read -r holder && IFS= read -r name; do
    printf 'writer %s\nwrites %s\n' "$holder" "$name"
done
echo end
