# What a policy asks of a file: $1 is its path. Symbolic links are followed, as opening it does.
[ -e "$1" ] || fail "$1 is not there"
[ -f "$1" ] || fail "$1 is no regular file, and IMA looks at no other"
stat -L -c 'owner %u
group %g' -- "$1"
stat -L -f -c 'fsmagic %t' -- "$1"
findmnt -n -o FSTYPE -T "$(readlink -f -- "$1")" | sed 's/^/fstype /'
findmnt -n -o UUID -T "$(readlink -f -- "$1")" | sed 's/^/fsuuid /'
