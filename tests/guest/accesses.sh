# Takes accesses on standard input, a line each: number, kind, file, and the options of setpriv(1) for who does it.
# sh -p: else it gives up being root for a user.
# Kinds: exec, map, read, write, append, both (read and write), module.
while read -r number kind file who; do
    # shellcheck disable=SC2086  # the options are several words
    case $kind in
        exec) setpriv $who "$file" ;;
        map) setpriv $who env LD_PRELOAD="$file" true ;;
        read) setpriv $who head -qc0 "$file" ;;
        write) setpriv $who dd if=/dev/zero of="$file" bs=1 count=1 conv=notrunc status=none ;;
        append) setpriv $who sh -pc 'printf x >>"$1"' sh "$file" ;;
        both) setpriv $who sh -pc 'printf x 1<>"$1"' sh "$file" ;;
        module) setpriv $who insmod "$file" && rmmod dummy ;;
        *) false ;;
    esac || echo "access $number ($kind $file as $who) failed"
done
