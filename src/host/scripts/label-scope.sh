# The scope of labels, from lines on standard input up to an empty one:
#   owner UID | filesystem TYPE | exclude PATH
# scope_find ARGUMENTS…: find over the scope with these closing arguments.
read_scope() {
    scope_owner=0 scope_types='' scope_excludes=''
    while IFS= read -r line; do
        case $line in
        '') break ;;
        'owner '*) scope_owner=${line#owner } ;;
        'filesystem '*) scope_types="$scope_types ${line#filesystem }" ;;
        'exclude '*) scope_excludes="$scope_excludes${line#exclude }
" ;;
        esac
    done
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

# count_labels: sets $labelled and $unlabelled, and writes the first unlabelled names to $missing (a file), as getfattr
# quotes them. In /run, since a file on the disk would itself be in scope.
count_labels() {
    missing=$(mktemp -p /run) || fail 'cannot make a temporary file'
    labelled=$(
        scope_find -print0 | xargs -0 -r -n 2048 getfattr -h -P --absolute-names -n security.ima -e hex -- 2>"$missing" |
            grep -c '^security.ima=0x0[1346]'
    )
    unlabelled=$(grep -c 'security.ima: No such attribute$' "$missing")
}

unlabelled_names() { sed -n 's/^getfattr: //; s/: security.ima: No such attribute$//p' "$missing"; }

# held PATH: who holds it open for writing, as "PID NAME".
held() {
    for fd in $(find /proc/[0-9]*/fd -lname "$1" 2>/dev/null); do
        pid=${fd#/proc/} pid=${pid%%/*}
        flags=$(sed -n 's/^flags:.*\(.\)$/\1/p' "/proc/$pid/fdinfo/${fd##*/}" 2>/dev/null)
        case $flags in 1 | 2 | 5 | 6) printf '%s %s' "$pid" "$(cat "/proc/$pid/comm")"; return ;; esac
    done
}
