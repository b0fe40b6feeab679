# shellcheck shell=sh
# Every script begins with these lines. Standard input carries an unread sudo password, if any, up to the mark. The mark
# begins what the script says to imaform; it is random, so that no text on the host can forge it.
login_path=$PATH
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
while IFS= read -r line; do case $line in '%%imaform data '*) break ;; esac; done
# Input that ended before the mark was cut off on its way: nothing may be done with it.
case $line in '%%imaform data '*) ;; *) exit 1 ;; esac
line=${line#'%%imaform data '}
voice=${line%% *}
printf '%s ready\n' "$voice"
state=/var/lib/imaform
run=/run/imaform

evidence() { printf '%s evidence %s\n' "$voice" "$*"; }
answer() { printf '%s answer %s\n' "$voice" "$*"; }
progress() { printf '%s progress %s\n' "$voice" "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# alone NAME [DESCRIPTOR]: waits for a script of a killed run that still works on the same thing; the lock goes with the process.
alone() {
    mkdir -p -- "$run" && chmod 700 -- "$run"
    eval "command exec ${2:-9}>>\"\$run/\$1.lock\"" || fail "cannot write in $run"
    flock -w 900 "${2:-9}" || fail "another imaform is at work here ($1)"
}

# holder FIELD: run, by, since or until of the lock of this host; nothing where it is free. One that a crash has spoilt is held, too.
holder() {
    [ -e "$state/lock" ] || return 0
    field=$(sed -n "s/^$1=//p" "$state/lock" 2>/dev/null)
    printf '%s\n' "${field:-unreadable}"
}

# at_work: opens what every step of a run holds while it works (descriptor 7).
at_work() {
    mkdir -p -- "$run" && chmod 700 -- "$run"
    command exec 7>>"$run/steps.lock" || fail "cannot write in $run"
}

# What follows the mark is the run that must hold the lock. Who has lost it does nothing more here.
case $line in *' '*)
    caller=${line#* }
    at_work
    flock -s -w 900 7 || fail 'another imaform takes over the lock of this host'
    if [ "$(holder run)" != "$caller" ]; then
        fail "run $caller no longer holds the lock of this host: $(holder by) has taken it over (run $(holder run))"
    fi
    touch -c -- "$state/lock"
    ;;
esac

# keep_earlier PATH: a copy of what is there, under its own path, unless the newest copy is the same.
keep_earlier() {
    [ -f "$1" ] || return 0
    kept=$state/earlier$1
    mkdir -p -- "${kept%/*}" || return 1
    chmod 700 "$state" "$state/earlier"
    newest=
    for copy in "$kept".[0-9]*; do [ -f "$copy" ] && newest=$copy; done
    if [ -n "$newest" ] && cmp -s -- "$1" "$newest"; then return 0; fi
    # Two versions within a second are two copies.
    cp -p -- "$1" "$kept.$(date -u +%Y%m%dT%H%M%S.%NZ)"
}

# receive PATH OWNER GROUP MODE SHA256: standard input into a file beside PATH; its name is in $tmp.
receive() {
    directory=${1%/*}
    mkdir -p -- "${directory:-/}" || fail "cannot make the directory $directory"
    tmp=$(mktemp "$directory/.imaform.XXXXXX") || fail "cannot write in $directory"
    trap 'rm -f -- "$tmp"' EXIT
    trap 'exit 1' HUP INT TERM PIPE
    cat >"$tmp" || fail "cannot write $1: its new content has no room in $directory; it is as it was"
    # A connection cut in the middle ends the input early: such a file must never be moved into place.
    sum=$(sha256sum <"$tmp")
    [ "${sum%% *}" = "$5" ] || fail "the content of $1 did not arrive whole; the file is as it was"
    chown -- "$2:$3" "$tmp" && chmod -- "$4" "$tmp" || fail "cannot set owner and mode of $1"
}

# as_planned NAME PATH WORDS: what is at PATH is one of WORDS: digests, `absent`, `any`. The new content itself is among
# them, since who comes second, after a cut connection, finds it there.
as_planned() {
    if [ -e "$2" ]; then
        sum=$(sha256sum <"$2") || fail "cannot read $2; it is as it was"
        sum=${sum%% *}
    else
        sum=absent
    fi
    case " $3 " in
    *" $sum "* | *' any '*) ;;
    *) fail "$1 changed since the plan was made; it is as it was; apply again" ;;
    esac
}

# put PATH: moves $tmp into place, durably, and keeps what was there.
put() {
    keep_earlier "$1" || fail "cannot keep a copy of $1 in $state/earlier; the file is as it was"
    sync -- "$tmp" || fail "cannot write $tmp to disk; $1 is as it was"
    mv -f -T -- "$tmp" "$1" || fail "cannot replace $1"
    sync -- "${1%/*}/"
}
