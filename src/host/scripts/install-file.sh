path=$(readlink -m -- "$1")
if [ -e "$path" ] && [ ! -f "$path" ]; then fail "$1 is there and is not a regular file"; fi
receive "$path" "$2" "$3" "$4" "$5"
put "$path"
