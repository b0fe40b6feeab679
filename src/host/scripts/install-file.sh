path=$(readlink -m -- "$1")
if [ -e "$path" ] && [ ! -f "$path" ]; then fail "$1 is there and is not a regular file"; fi
receive "$path" "$2" "$3" "$4" "$5"
as_planned "$1" "$path" "$6 $5"
put "$path"
