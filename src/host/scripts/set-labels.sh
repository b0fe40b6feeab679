read_scope
scope_totals
[ "$files_total" -gt 0 ] || fail 'no file is in scope: labels.filesystems names none of the mounted file systems, or find failed'
label in_scope
