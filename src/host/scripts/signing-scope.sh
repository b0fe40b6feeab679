# What is to be signed, within the scope's file systems and exclusions but whoever owns it, from lines on standard input up to
# an empty one:
#   label HEX | path PATH
# HEX is how labels of the wanted key begin. Nothing but the empty line is nothing to sign.
read_signing() {
    signing_label='' signing_paths='' signing_end=''
    while IFS= read -r line; do
        case $line in
        '') signing_end=1 && break ;;
        'label '*) signing_label=${line#label } ;;
        'path '*) signing_paths="$signing_paths${line#path }
" ;;
        esac
    done
    [ "$signing_end" ] || fail 'what is to be signed did not arrive whole'
}

# signing_find ARGUMENTS…: find over these files with these closing arguments.
signing_find() {
    closing=$#
    set -- "$@" '(' -false
    while IFS= read -r exclude; do
        [ -z "$exclude" ] || set -- "$@" -o -path "$exclude"
    done <<END
$scope_excludes
END
    set -- "$@" ')' -prune -o -type f '(' -false
    for type in $scope_types; do set -- "$@" -o -fstype "$type"; done
    set -- "$@" ')'
    while [ "$closing" -gt 0 ]; do
        set -- "$@" "$1"
        shift
        closing=$((closing - 1))
    done
    while IFS= read -r path; do
        [ -z "$path" ] || set -- "$path" "$@"
    done <<END
$signing_paths
END
    # /lib may be a link to what is meant.
    find -H "$@" 2>/dev/null
}

# labels_of HEX: the program of sed that makes getfattr's output lines LABEL NAME, of labels that begin so.
labels_of() {
    printf '%s' '/^# file: /{s///;s/ /\\040/g;h;d;};/^security\.ima='"$1"'/!d;s/^security\.ima=//;G;s/\n/ /;p'
}

# What tells whether a file is the one that was hashed: CONTENT CHANGE NAME.
signing_facts='%D:%i:%s:%T@|%D:%i:%C@|%p\0'
signing_parted='s/|/ /; s/|/ /'
