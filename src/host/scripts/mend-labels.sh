# $1: how many names follow the scope on standard input, one a line, spelt as getfattr does.
read_scope
while IFS= read -r name; do
    unquoted "$name"
    printf '\0'
done | lines '' | sort >"$directory/chosen"
[ "$(wc -l <"$directory/chosen")" -eq "$1" ] || fail 'the names did not arrive whole; nothing was labelled'
in_scope | join -t ' ' -1 3 -v 2 - "$directory/chosen" | sed 's/\\040/ /g' | while IFS= read -r name; do
    evidence "left alone, since it is gone or no longer in scope: $name"
done
label chosen
