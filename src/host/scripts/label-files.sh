read_scope
alone labels
grep -q 'ima_appraise=fix' /proc/cmdline || fail 'the running kernel is not in fix mode: nothing would be labelled'
# When the labelling began and ended: what has changed since, the gate looks at more closely. Gone with the boot, as what the
# kernel found valid is.
rm -f -- "$run/labels-begun" "$run/labels-done"
: >"$run/labels-begun" || fail "cannot write in $run"
scope_totals
# One process opens hundreds of files; the kernel hashes what it opens, and skips what it already found valid in this boot.
batch='head -qc0 -- "$@" 2>/dev/null
bytes=0
for size in $(stat -c %s -- "$@" 2>/dev/null); do bytes=$((bytes + size)); done
echo "$# $bytes"'
scope_find -print0 | xargs -0 -r -n 256 -P "$(nproc)" sh -c "$batch" imaform | tell_progress
: >"$run/labels-done"
evidence "the kernel opened $files_total files, $bytes_total bytes"
