# The scope of labels, from lines on standard input up to an empty one:
#   owner UID | filesystem TYPE | exclude PATH
# scope_find ARGUMENTS…: find over the scope with these closing arguments.
read_scope() {
    scope_owner=0 scope_types='' scope_excludes='' scope_end=''
    while IFS= read -r line; do
        case $line in
        '') scope_end=1 && break ;;
        'owner '*) scope_owner=${line#owner } ;;
        'filesystem '*) scope_types="$scope_types ${line#filesystem }" ;;
        'exclude '*) scope_excludes="$scope_excludes${line#exclude }
" ;;
        esac
    done
    [ "$scope_end" ] || fail 'the scope of the labels did not arrive whole'
}

# shellcheck disable=SC2086
scope_find() {
    closing=$#
    # Kernel and network file systems are not entered: /proc alone has more entries than many a disk.
    set -- "$@" '(' -fstype proc
    for type in sysfs cgroup cgroup2 debugfs tracefs securityfs devpts nfs nfs4 cifs; do set -- "$@" -o -fstype "$type"; done
    while IFS= read -r exclude; do
        [ -z "$exclude" ] || set -- "$@" -o -path "$exclude"
    done <<EOF
$scope_excludes
EOF
    set -- "$@" ')' -prune -o -type f -uid "$scope_owner" '(' -false
    for type in $scope_types; do set -- "$@" -o -fstype "$type"; done
    set -- "$@" ')'
    while [ "$closing" -gt 0 ]; do
        set -- "$@" "$1"
        shift
        closing=$((closing - 1))
    done
    find / "$@" 2>/dev/null
}

# count_labels FILE: sets $labelled and $unlabelled, and leaves what getfattr complained of in FILE, which must not lie on a
# file system in scope.
count_labels() {
    missing=$1
    labelled=$(
        scope_find -print0 | xargs -0 -r -n 2048 getfattr -h -P --absolute-names -n security.ima -e hex -- 2>"$missing" |
            grep -c '^security.ima=0x0[1346]'
    )
    unlabelled=$(grep -c 'security.ima: No such attribute$' "$missing")
}

# What else getfattr said: files that could not be asked.
unreadable() { grep -v -e 'security.ima: No such attribute$' -e ': No such file or directory$' "$missing"; }
unlabelled_names() { sed -n 's/^getfattr: //; s/: security.ima: No such attribute$//p' "$missing"; }

# unquoted NAME: getfattr writes bytes out of the ordinary as \ooo. A newline at the end survives only with something after it.
unquoted() { printf '%b' "$(printf '%s' "$1" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')"; }

# Where a name is one field of several, a blank is spelt, too. The functions are text, since batches run in shells of their own.
spelling='s/\\/\\134/g; s/\n/\\012/g; s/\r/\\015/g; s/ /\\040/g'
functions='
# lines PROGRAM: records that end in NUL as lines with spelt names, once this program of sed has parted them into fields.
lines() { sed -z "$spelling; $1" | tr "\0" "\n"; }
# raw: spelt names, one a line, as bytes with a NUL after each.
raw() { tr "\n" "\0" | sed -z "s/\\\\012/\n/g; s/\\\\015/\r/g; s/\\\\040/ /g; s/\\\\134/\\\\/g"; }
'
export spelling
eval "$functions"

# holders: of the names on standard input those that a process holds open for writing: lines "PID COMMAND" and NAME by turns.
# One look at all processes serves for all names.
holders() {
    asked=$(sed 's/ /\\040/g' | sort)
    find /proc/[0-9]*/fd -lname '/*' -printf '%p|%l\0' 2>/dev/null | lines 's/|/ /' | sort -t ' ' -k 2 | join -t ' ' -1 2 - /dev/fd/3 3<<EOF | {
$asked
EOF
        told=
        while IFS=' ' read -r name fd; do
            [ "$name" != "$told" ] || continue
            pid=${fd#/proc/} pid=${pid%%/*}
            case $(sed -n 's/^flags:.*\(.\)$/\1/p' "/proc/$pid/fdinfo/${fd##*/}" 2>/dev/null) in
            1 | 2 | 5 | 6) ;;
            *) continue ;;
            esac
            told=$name
            command=$(cat "/proc/$pid/comm")
            printf '%s %s' "$pid" "$command" | tr '\n' ' ' && echo
            printf '%s\n' "$name" | sed 's/\\040/ /g'
        done
    }
}

# unchangeable PATH: why no label can be set on it.
unchangeable() {
    case $(findmnt -n -o OPTIONS --target "$1" 2>/dev/null) in
    ro | ro,*) echo 'its file system is mounted read-only'; return ;;
    esac
    case $(lsattr -d -- "$1" 2>/dev/null | cut -d ' ' -f 1) in
    *i*) echo 'it is immutable (chattr -i)' ;;
    esac
}

# totals FIND: sets $files_total and $bytes_total to those of what the function FIND finds.
totals() {
    totals=$("$1" -printf '%s\n' | { files=0 bytes=0; while read -r size; do files=$((files + 1)) bytes=$((bytes + size)); done; echo "$files $bytes"; })
    files_total=${totals% *} bytes_total=${totals#* }
}

# scope_totals: those of the scope, and tells that nothing is done yet.
scope_totals() {
    totals scope_find
    progress "0 $files_total 0 $bytes_total"
}

# tell_progress: from lines "FILES BYTES", one for each batch that is done.
tell_progress() {
    files=0 bytes=0
    while read -r batch_files batch_bytes; do
        files=$((files + batch_files)) bytes=$((bytes + batch_bytes))
        progress "$files $files_total $bytes $bytes_total"
    done
}
