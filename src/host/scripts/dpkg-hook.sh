# $1: before or after a run of dpkg. Standard input: the scope of the labels.
read_scope
stamp=$run/dpkg
case $1 in
before)
    mkdir -p -- "$run" && chmod 700 -- "$run" && touch -d '1 second ago' "$stamp"
    exit
    ;;
esac
[ -e "$stamp" ] || exit 0
changed() { in_scope -cnewer "$stamp"; }
label changed
told set | sed 's/\\040/ /g; s/^/labelled after dpkg: /' | logger -t imaform
