# Looking at labels: what each is, and whether it fits its file. The answer is lines; the name of a file ends its line and is
# spelt as getfattr spells it: \ooo for a backslash, a newline and a carriage return, all other bytes as they are.
#   fits SUM COUNT                 so many labels are what the program SUM (sha256sum, …) makes of their files
#   signed COUNT HEADER            so many labels begin with these bytes and are as long as they say
#   settled NAME                   did not fit at the first look and does at the second
#   stale NAME | missing NAME | label HEX NAME | unreadable WORDS: NAME
command -v getfattr >/dev/null || fail 'getfattr is not there: install the package attr'
directory=$(mktemp -d -p /run) || fail 'cannot make a temporary directory'
# Expanded here and now: nothing that is called $directory later is removed.
# shellcheck disable=SC2064
trap "rm -rf -- '$directory'" EXIT
trap 'exit 1' HUP INT TERM PIPE

# Of each file that getfattr shows one line. What a program's -c can check goes to the list of that program.
cat >"$directory/forms" <<'EOF'
/^# file: /{s///;h;d;}
/^security\.ima=/!d
s///;G;s/\n/ /
t judge
:judge
s/^0x(01|0402)([0-9a-f]{40}) /sha1sum \2 /
s/^0x0401([0-9a-f]{32}) /md5sum \1 /
s/^0x0404([0-9a-f]{64}) /sha256sum \1 /
s/^0x0405([0-9a-f]{96}) /sha384sum \1 /
s/^0x0406([0-9a-f]{128}) /sha512sum \1 /
s/^0x0407([0-9a-f]{56}) /sha224sum \1 /
t digest
s/^0x((030[23]|0603)(0[0-9a-f]|1[0-6])[0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{2,}) /signed \1 \4 \5 /
s/^0x/label 0x/
p;d
:digest
/\\/{s/^/quoted /;p;d;}
s/^md5sum ([0-9a-f]*) /\1  /w md5sum
s/^sha1sum ([0-9a-f]*) /\1  /w sha1sum
s/^sha224sum ([0-9a-f]*) /\1  /w sha224sum
s/^sha256sum ([0-9a-f]*) /\1  /w sha256sum
s/^sha384sum ([0-9a-f]*) /\1  /w sha384sum
s/^sha512sum ([0-9a-f]*) /\1  /w sha512sum
EOF
cat >"$directory/complaints" <<'EOF'
s/: security\.ima: No such attribute$//;t missing
/: No such file or directory$/d
s/^(.*): security\.ima: ([^:]*)$/unreadable \2: \1/;t
s/^(.*): ([^:]*)$/unreadable \2: \1/
b
:missing
s/^/missing /
EOF
verdicts='s/: FAILED$//;t stale
s/: FAILED open or read$//;t unread
b ends
:stale
s/^/stale /p;b
:unread
s/^/unread /p;b
:ends
'
# A batch costs some fifteen processes, so it must not be small.
# Every file must be answered for: a tool that dies in the middle must not look like files that vanished.
batch='cd "$(mktemp -d "$directory/batch.XXXXXX")" || exit 255
getfattr -h -P --absolute-names -n security.ima -e hex -- "$@" 2>complaints | sed -nEf "$directory/forms" >others &&
    [ "$(cat md5sum sha*sum others complaints | wc -l)" -eq $# ] || exit 255
for sum in md5sum sha1sum sha224sum sha256sum sha384sum sha512sum; do
    [ -s "$sum" ] || continue
    [ "$compare" ] || { printf "fits %s %s\n" "$sum" "$(wc -l <"$sum")" && continue; }
    "$sum" -c "$sum" >checked 2>/dev/null
    [ "$(wc -l <checked)" -eq "$(wc -l <"$sum")" ] || exit 255
    printf "fits %s %s\n" "$sum" "$(grep -c ": OK$" checked)"
    sed -nE "$verdicts" checked
done >found || exit 255
files=$# bytes=0
for size in $(stat -c %s -- "$@" 2>/dev/null); do bytes=$((bytes + size)); done
while IFS= read -r line; do
    case $line in
    "signed "*)
        name=${line#signed * * * }
        set -- ${line%" $name"}
        if [ ${#4} -eq $((2 * 0x$3)) ]; then echo "$2" >&3; else printf "label 0x%s %s\n" "$2$3$4" "$name"; fi
        ;;
    *) printf "%s\n" "$line" ;;
    esac
done <others >>found 3>signed || exit 255
[ ! -s signed ] || sort signed | uniq -c | sed "s/^ */signed /" >>found || exit 255
[ ! -s complaints ] || sed -Ef "$directory/complaints" complaints >>found || exit 255
rm -f -- md5sum sha*sum others complaints checked signed
echo "$files $bytes"'
second='' compare=1
export directory verdicts compare

# look FILE: what is found of the files whose names are on standard input, NUL after each; tells batches as tell_progress
# reads them. With $compare empty no file is opened: what has the form of a label is taken to fit.
look() {
    xargs -0 -r -n 1024 -P "$(nproc)" sh -c "$batch" imaform || : >"$directory/broken"
    find "$directory" -name found -exec cat {} + | settle | cat >"$1" || : >"$directory/broken"
    rm -rf -- "$directory"/batch.*
}

# The names that -c would take for others are looked at one by one.
settle() {
    while IFS= read -r line; do
        case $line in
        'quoted '*)
            line=${line#quoted } sum=${line%% *} line=${line#* } digest=${line%% *} name=${line#* }
            [ "$compare" ] || { printf 'fits %s 1\n' "$sum" && continue; }
            file=$(unquoted "$name" && echo /)
            case $("$sum" 2>/dev/null <"${file%/}") in
            "$digest "*) printf 'fits %s 1\n' "$sum"; [ "$second" ] && printf 'settled %s\n' "$name" ;;
            '') printf 'unread %s\n' "$name" ;;
            *) printf 'stale %s\n' "$name" ;;
            esac
            ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
}

# Names with a NUL after each, as the answer spells them, a line each.
spelt() { sed -z 's/\\/\\134/g; s/\n/\\012/g; s/\r/\\015/g' | tr '\0' '\n'; }

# The names in lines of the answer.
names() { sed -nE 's/^(stale|missing|unread|label 0x[0-9a-f]*|unreadable [^:]*:) //p'; }

# look_again: $directory/second, of the names in $directory/first. Who wrote a file between the look at its label and the look
# at its content did no wrong.
look_again() {
    second=1 verdicts="${verdicts}s/: OK\$//;s/^/settled /p"
    names <"$directory/first" | raw | look "$directory/second" >/dev/null
    [ ! -e "$directory/broken" ] || fail "the labels could not be compared: getfattr or a checksum program died in the middle, or $directory is full"
}

# tell_found: the answer, from both looks.
tell_found() {
    grep -E '^(fits|signed) ' "$directory/first"
    while IFS= read -r line; do
        case $line in
        'unread '*)
            name=${line#unread }
            file=$(unquoted "$name" && echo /)
            said=$(cat -- "${file%/}" 2>&1 >/dev/null)
            case $said in
            *': No such file or directory') ;;
            *': '*) printf 'unreadable %s: %s\n' "${said##*: }" "$name" ;;
            *) printf 'unreadable it could be read only later: %s\n' "$name" ;;
            esac
            ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$directory/second"
}
