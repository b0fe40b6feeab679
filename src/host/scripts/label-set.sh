# Labels from userspace, in any mode of any boot: security.ima becomes the sha256 of the content.
{ command -v getfattr && command -v setfattr; } >/dev/null || fail 'getfattr and setfattr are not there: install the package attr'
directory=$(mktemp -d -p /run) || fail 'cannot make a temporary directory'
# Expanded here and now: nothing that is called $directory later is removed.
# shellcheck disable=SC2064
trap "rm -rf -- '$directory'" EXIT
trap 'exit 1' HUP INT TERM PIPE

# CONTENT CHANGE NAME, by name: what tells whether the content is the one that was hashed (inode, size, time), and the last
# change of any kind, of a label, too.
facts='%D:%i:%s:%T@|%D:%i:%C@|%p\0'
parted='s/|/ /; s/|/ /'
in_scope() { scope_find "$@" -printf "$facts" | lines "$parted" | sort -t ' ' -k 3; }

# A batch sets what is missing or wrong and leaves alone what is right: those inodes are not touched. `settled` are files
# whose label is that of a content that stood still; all others come again. Changes within one tick of the clock look
# like one, so a file that is younger than a second has not stood still.
batch=$functions'
cd "$(mktemp -d "$directory/batch.XXXXXX")" && touch -d "1 second ago" young || exit 255
find "$@" -maxdepth 0 -printf "$facts" 2>/dev/null | lines "$parted" >before
# labels: LABEL NAME of the files on standard input.
labels() { xargs -0 -r getfattr -h -P --absolute-names -n security.ima -e hex -- 2>complaints | sed -n "/^# file: /{s///;s/ /\\\\040/g;h;d;};/^security\.ima=/!d;s///;G;s/\n/ /;p"; }
# digests HEADER PROGRAM: LABEL NAME as the content of the files on standard input asks for it.
digests() { xargs -0 -r "$2" -z -- 2>/dev/null | lines "s/\\\\040\\\\040/ /; s/^/0x$1/"; }
# same LIST: the names in the lines on standard input that LIST has, too.
same() { sort "$1" >"$1.sorted" && sort | comm -12 - "$1.sorted" | cut -d " " -f 2 | sort; }
printf "%s\0" "$@" | labels >old
# Every file is answered for: a getfattr that dies in the middle must not look like signatures that are not there.
[ "$(cat old complaints | wc -l)" -eq $# ] || exit 255
for form in 01:sha1 0401:md5 0402:sha1 0404:sha256 0405:sha384 0406:sha512 0407:sha224; do
    header=${form%:*}
    grep -q "^0x$header" old && sed -n "s/^0x$header[^ ]* //p" old | raw | digests "$header" "${form#*:}sum"
done | same old >right
# Signatures are left alone, as the kernel does in fix mode.
grep "^0x0[36]" old | sed -nE "s/^0x(030[23]|0603)[0-9a-f]{10}([0-9a-f]{4})([0-9a-f]+) /\2 \3 /p" | while read -r size signature name; do
    [ ${#signature} -ne $((2 * 0x$size)) ] || echo "$name"
done | sort >signed
sort -m right signed >kept
cut -d " " -f 3 before | sort | comm -23 - kept | raw >lacking
digests 0404 sha256sum <lacking >wanted
sed "h; s/.* /# file: /; p; g; s/^/security.ima=/; s/ .*/\n/" wanted | setfattr -h --restore=- 2>/dev/null
labels <lacking | same wanted >set
touch -d "1 second" ahead
find "$@" -maxdepth 0 "(" ! -newer young -o -newer ahead ")" -printf "$facts" 2>/dev/null | lines "$parted" | sort -t " " -k 3 >after
cut -d " " -f 1,3 before >content
cut -d " " -f 1,3 after | same content | sort -m kept set - | uniq -d | join -t " " -2 3 -o 2.2,0 - after >settled
bytes=0
for size in $(cut -d : -f 3 before); do bytes=$((bytes + size)); done
rm -f -- young ahead before after content* old* complaints right kept lacking wanted*
echo "$# $bytes"'
export directory facts parted

# batches: labels the files whose spelt names are on standard input; tells batches as tell_progress reads them.
batches() { raw | xargs -0 -r -n 2048 -s 1000000 -P "$(nproc)" sh -c "$batch" imaform || : >"$directory/broken"; }
told() { find "$directory" -name "$1" -exec cat {} + | sort -u; }

# chosen: of in_scope the files whose spelt names are in `chosen`.
chosen() { in_scope | join -t ' ' -1 3 -o 1.1,1.2,0 - "$directory/chosen"; }

# label LIST: labels the files that the function LIST names as in_scope does, until each has stood still with a right label.
label() {
    alone labels
    # The label of a content that a power cut takes back would be wrong.
    sync
    attempts=0
    while
        told settled >"$directory/still"
        "$1" >"$directory/list"
        cut -d ' ' -f 2,3 "$directory/list" | sort | comm -23 - "$directory/still" | cut -d ' ' -f 2 >"$directory/left"
        [ -s "$directory/left" ] && [ "$attempts" -lt 5 ]
    do
        case $attempts in
        0)
            files_total=$(wc -l <"$directory/list") bytes_total=0
            for size in $(cut -d : -f 3 "$directory/list"); do bytes_total=$((bytes_total + size)); done
            progress "0 $files_total 0 $bytes_total"
            batches <"$directory/left" | tell_progress
            ;;
        *) sleep 1 && batches <"$directory/left" >/dev/null ;;
        esac
        [ ! -e "$directory/broken" ] || fail "getfattr died in the middle, or $directory is full: what is labelled by now is labelled right; apply again"
        attempts=$((attempts + 1))
    done
    sync
    evidence "$(told set | wc -l) labels set from userspace (sha256), $(told signed | wc -l) signatures left alone"
    sed 's/\\040/ /g' "$directory/left" >"$directory/names"
    holders <"$directory/names" >"$directory/holders"
    while IFS= read -r holder && IFS= read -r name; do
        evidence "no label lasts: $name is being written by $holder"
    done <"$directory/holders"
    grep -Fxv -e "$(sed -n 'n;p' "$directory/holders")" "$directory/names" >"$directory/failed" || return 0
    head -n 20 "$directory/failed" | while IFS= read -r name; do
        file=$(unquoted "$name" && echo /)
        why=$(unchangeable "${file%/}")
        [ -n "$why" ] || why=$(cat -- "${file%/}" 2>&1 >/dev/null | sed 's/.*: //')
        printf '%s: %s\n' "$name" "${why:-it changes all the time, or the kernel or its file system takes no such label}" >&2
    done
    fail "$(wc -l <"$directory/failed") files could not be labelled, these among them; mend the cause, or exclude them"
}
