# What enforce would deny, as far as the host can tell. Standard input: which files somebody may be denied, up to an empty
# line, and then the scope of the labels.
#   foreseen                          what is in scope does not count: it is labelled before the trial boot
#   walk TYPE                         a file system whose files are looked at; all others are not entered
#   execute|map|module|firmware|read UID|any    whose files of this nature a rule may appraise
# The answer is lines. Of files: what label-look.sh says, but for labels that fit, and
#   boot SECONDS | labelled SECONDS   when this boot began; when the labelling of this boot began
#   looked COUNT | compared COUNT     files whose label was looked at; those among them whose content was, too
#   mount TYPE UUID OPTIONS TARGET    as findmnt --raw writes them
#   facts UID GID MODE MTIME CTIME NAME    of each file that is named here
#   directory UID NAME                who owns the directory of such a file
#   recorded NAME                     the kernel has told in this boot that its label is bad (type 1800)
#   process PID COMMAND | open PID NAME    who holds a file open for writing
#   grub NAME                         an environment block, which GRUB writes
#   apt USER                          as whom apt downloads
#   end
when=now types='' natures=''
while IFS= read -r line; do
    case $line in
    '') break ;;
    foreseen) when=foreseen ;;
    'walk '*) types="$types ${line#walk }" ;;
    *) natures="$natures$line
" ;;
    esac
done
read_scope
boot=$(sed -n 's/^btime //p' /proc/stat)
printf 'boot %s\n' "$boot"
begun=$run/labels-begun changed=
[ -e "$begun" ] && [ -e "$run/labels-done" ] && changed=known
[ "$changed" ] && stat -c 'labelled %Y' -- "$begun"

# What is walked, by nature; in scope and unchanged since it was labelled to one list, all else to another.
# shellcheck disable=SC2086
walk() {
    set -- ! '(' -false
    for type in $types; do set -- "$@" -o -fstype "$type"; done
    # Layers of containers are run through overlayfs, never from here.
    set -- "$@" ')' -prune -o -type d '(' -path '*/overlay2' -o -path '*/io.containerd.snapshotter.v1.overlayfs' \
        -o -path '*/containers/storage/overlay' ')' -prune -o -type f '(' -false
    while read -r nature owner; do
        case $nature in
        execute) set -- "$@" -o '(' -perm /111 ;;
        map) set -- "$@" -o '(' '(' -name '*.so' -o -name '*.so.*' ')' ;;
        module) set -- "$@" -o '(' -path '*/lib/modules/*' '(' -name '*.ko' -o -name '*.ko.*' ')' ;;
        firmware) set -- "$@" -o '(' -path '*/lib/firmware/*' ;;
        read)
            # Whoever excludes a path accepts that reads beneath it are denied.
            set -- "$@" -o '(' ! '(' -false
            while IFS= read -r exclude; do
                [ -z "$exclude" ] || set -- "$@" -o -path "$exclude" -o -path "$exclude/*"
            done <<END
$scope_excludes
END
            set -- "$@" ')'
            ;;
        *) continue ;;
        esac
        [ "$owner" = any ] || set -- "$@" -uid "$owner"
        set -- "$@" ')'
    done <<END
$natures
END
    set -- "$@" ')' '(' -uid "$scope_owner" '(' -false
    for type in $scope_types; do set -- "$@" -o -fstype "$type"; done
    set -- "$@" ')' ! '(' -false
    while IFS= read -r exclude; do
        [ -z "$exclude" ] || set -- "$@" -o -path "$exclude" -o -path "$exclude/*"
    done <<END
$scope_excludes
END
    set -- "$@" ')'
    if [ "$when" = foreseen ]; then
        set -- "$@" -true
    elif [ "$changed" = known ]; then
        # The kernel has just opened these. A change of content shows in mtime; any other one only in ctime, which the
        # labelling itself moves.
        set -- "$@" ! -newer "$run/labels-begun" ! -cnewer "$run/labels-done" -fprint0 "$directory/labelled"
    else
        set -- "$@" -false
    fi
    find / "$@" -o -fprint0 "$directory/others" ')' 2>/dev/null
}
: >"$directory/labelled"
walk
count() { tr -dc '\0' <"$1" | wc -c; }
printf 'looked %s\ncompared %s\n' "$(($(count "$directory/labelled") + $(count "$directory/others")))" "$(count "$directory/others")"

# What the kernel has told of files that are not walked; of all others their label is known by now.
{
    cat /var/log/audit/audit.log.1 /var/log/audit/audit.log
    dmesg
    journalctl -q -b --no-pager -o cat _TRANSPORT=audit
} 2>/dev/null >"$directory/log"
printf '%s\n' "$boot" >"$directory/told"
sed -nE 's/.*audit\(([0-9]+)\..* op=appraise_data .* name=("[^"]*"|[0-9A-F]+) .*res=0.*/\1 \2/p' "$directory/log" >>"$directory/told"
# shellcheck disable=SC2046
sort -n -u "$directory/told" | sed "1,/^$boot\$/d;s/^[0-9]* //" | sort -u | while IFS= read -r name; do
    case $name in
    '"/'*) name=${name#?} && printf '%s\n' "${name%?}" ;;
    # The kernel writes a name with blanks and the like in hexadecimal.
    2F*) printf '\\%03o' $(printf '%s' "$name" | sed 's/../0x& /g') && echo ;;
    esac
done | raw_names >"$directory/names"
walked=$(printf '%s' "${types# }" | tr ' ' '|')
xargs -0 -r sh -c 'find "$@" -maxdepth 0 -type f -printf "%F %p\0" 2>/dev/null' imaform <"$directory/names" |
    grep -zvE "^($walked) " | sed -z 's/^[^ ]* //' >"$directory/recorded"

# First the labels alone: to open a file is what repairs its label in fix mode.
compare=''
cat "$directory/labelled" "$directory/recorded" | look "$directory/alone" >/dev/null
compare=1
look "$directory/first" >/dev/null <"$directory/others"
look_again
tell_found >"$directory/found"
{ cat "$directory/alone" "$directory/found"; } | grep -vE '^(fits|signed) ' >"$directory/bad"
cat "$directory/bad"
spelt <"$directory/recorded" | sed 's/^/recorded /' >"$directory/also"

# Who holds what open for writing; not this script.
find /proc/[0-9]*/fdinfo -type f -print0 2>/dev/null | xargs -0 -r grep -lsE '^flags:.*[1256]$' | sed 's|/fdinfo/|/fd/|' | tr '\n' '\0' |
    xargs -0 -r sh -c 'find "$@" -maxdepth 0 -lname "/*" -xtype f -printf "%p %l\0" 2>/dev/null' imaform |
    sed -z 's|^/proc/\([0-9]*\)/fd/[0-9]* |\1 |' | spelt | grep -vF " $directory/" | sort -u -k 2 >"$directory/held"
sed 's/^/open /' "$directory/held" >>"$directory/also"
cut -d ' ' -f 1 "$directory/held" | sort -u | while read -r pid; do
    printf 'process %s %s\n' "$pid" "$(tr '\n' ' ' <"/proc/$pid/comm" 2>/dev/null)"
done
for block in /boot/grub/grubenv /boot/grub/imaform.env /boot/grub2/grubenv /boot/grub2/imaform.env; do
    [ -f "$block" ] && printf 'grub %s\n' "$block" >>"$directory/also"
done
cat "$directory/also"
if command -v apt-config >/dev/null; then
    user=$(apt-config dump --format '%v' APT::Sandbox::User 2>/dev/null)
    printf 'apt %s\n' "${user:-_apt}"
fi
findmnt --raw --noheadings --output FSTYPE,UUID,OPTIONS,TARGET | sed 's/^/mount /'

{ names <"$directory/bad" && sed -E 's/^(recorded|grub|open [0-9]*) //' "$directory/also"; } | sort -u | raw_names >"$directory/names"
xargs -0 -r stat --printf '%u %g %a %Y %Z %n\0' -- <"$directory/names" 2>/dev/null | spelt | sed 's/^/facts /'
sed -z 's|/[^/]*$||; s|^$|/|' "$directory/names" | sort -z -u | xargs -0 -r stat --printf '%u %n\0' -- 2>/dev/null | spelt | sed 's/^/directory /'
echo end
