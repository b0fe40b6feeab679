#!/bin/sh
# Every script as it travels (src/host/script.rs puts the same parts together): shellcheck, and the syntax as dash and
# bash read it. The names of what is wrong go to standard error.
cd "$(dirname "$0")/../src/host/scripts" || exit 1
for tool in shellcheck dash bash; do
    command -v "$tool" >/dev/null || { echo "$tool is not there; install it" >&2; exit 1; }
done
whole=$(mktemp -d) || exit 1
trap 'rm -rf -- "$whole"' EXIT
status=0
for own in *.sh; do
    case $own in
    prelude.sh | label-scope.sh) continue ;;
    probe.sh | label-*.sh | verify-labels.sh) parts='prelude.sh label-scope.sh' ;;
    *) parts=prelude.sh ;;
    esac
    # shellcheck disable=SC2086
    cat $parts "$own" >"$whole/$own"
    # SC2034, SC2317, SC2329: what the prelude offers and this script does not use.
    # SC1090: GRUB's defaults are the host's. SC2015: `a && b || fail` is meant as it reads, fail never returns.
    # SC2016: programs for inner shells stand in single quotes. SC2013, SC2044: neither audit keys nor /proc/N/fd/N hold
    # blanks.
    shellcheck --shell=sh --exclude=SC2034,SC2317,SC2329,SC1090,SC2015,SC2016,SC2013,SC2044 -- "$whole/$own" >&2 || status=1
    for shell in dash 'bash --posix'; do
        $shell -n "$whole/$own" || status=1
    done
done
shellcheck -- ../../../tests/shellcheck.sh ../../resource/01_imaform || status=1
exit "$status"
