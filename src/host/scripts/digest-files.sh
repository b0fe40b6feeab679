# The digests of what is to be signed. The answer is lines; names are spelt as getfattr does, blanks, too:
#   file CONTENT CHANGE SHA256 LABEL NAME   LABEL is the wanted key's signature that the file carries, or -
#   busy NAME                               has changed within the last second, is gone, or cannot be read
#   end
read_scope
read_signing
command -v getfattr >/dev/null || fail 'getfattr is not there: install the package attr'
directory=$(mktemp -d -p /run) || fail 'cannot make a temporary directory'
# Expanded here and now: nothing that is called $directory later is removed.
# shellcheck disable=SC2064
trap "rm -rf -- '$directory'" EXIT
trap 'exit 1' HUP INT TERM PIPE
printf '%s' "$signing_paths" | while IFS= read -r path; do
    [ -e "$path" ] || fail "labels.signature.paths: $path is not there"
done || exit 1

# Changes within one tick of the clock look like one, so a file that is younger than a second may yet change unseen.
batch=$functions'
cd "$(mktemp -d "$directory/batch.XXXXXX")" && touch -d "1 second ago" young || exit 255
printf "%s\0" "$@" | lines "" | sort >names
find "$@" -maxdepth 0 -type f ! -cnewer young -printf "$signing_facts" 2>/dev/null | lines "$signing_parted" | sort -t " " -k 3 >before
cut -d " " -f 3 before | raw >still
xargs -0 -r sha256sum -z -- <still 2>/dev/null | lines "s/\\\\040\\\\040/ /" | sort -t " " -k 2 >digests
xargs -0 -r getfattr -h -P --absolute-names -n security.ima -e hex -- <still 2>/dev/null | sed -n "$labelled" | sort -t " " -k 2 >labels
join -t " " -1 3 -2 2 -o 1.1,1.2,2.1,0 before digests | join -t " " -1 4 -2 2 -a 1 -e - -o 1.1,1.2,1.3,2.1,0 - labels >told
cut -d " " -f 5 told | comm -13 - names | sed "s/^/busy /" >found
sed "s/^/file /" told >>found
bytes=0
for size in $(cut -d : -f 3 before); do bytes=$((bytes + size)); done
rm -f -- names before still digests labels told
echo "$# $bytes"'
labelled=$(labels_of "$signing_label")
export directory signing_facts signing_parted labelled
totals signing_find
[ "$files_total" -gt 0 ] || fail 'there is no file to sign: labels.signature.paths holds none on the file systems of labels.filesystem'
progress "0 $files_total 0 $bytes_total"
signing_find -print0 | xargs -0 -r -n 1024 -P "$(nproc)" sh -c "$batch" imaform | tell_progress
find "$directory" -name found -exec cat {} + | sort -u
echo end
