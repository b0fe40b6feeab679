read_scope
[ "$(scope_find -printf . -quit)" ] || fail 'no file is in scope: labels.filesystems names none of the mounted file systems, or find failed'
label in_scope
