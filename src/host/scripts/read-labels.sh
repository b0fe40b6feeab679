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
# Most files are held open by nobody: one look at all processes tells which may be.
find /proc/[0-9]*/fd -lname '/*' -printf '%l\0' 2>/dev/null |
    spelt | sort -u >"$directory/open"
names <"$directory/second" | grep -Fxf "$directory/open" | while IFS= read -r name; do
    file=$(unquoted "$name" && echo /)
    holder=$(held "${file%/}" | tr '\n' ' ')
    [ -z "$holder" ] || printf 'writer %s\nwrites %s\n' "$holder" "$name"
done
echo end
