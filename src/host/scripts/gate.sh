# What enforce would deny, as far as the host can tell. Standard input: which files somebody may be denied, up to an empty
# line, and then the scope of the labels.
#   foreseen                          what is in scope does not count: it is labelled before the trial boot
#   walk TYPE                         a file system whose files are looked at; all others are not entered
#   ignore TYPE                       a file system of the kernel's own, of which nothing is wanted at all
#   execute|map|module|firmware|read UID|any    whose files of this nature a rule may appraise
#   demand NATURE UID|any             the same of rules that ask for a signature
# The answer is lines. Of files: what label-look.sh says, but for labels that fit, and
#   boot SECONDS                      when this boot began
#   looked COUNT | compared COUNT     files whose label was looked at; those among them whose content was, too
#   mount TYPE UUID OPTIONS TARGET    as findmnt --raw writes them
#   facts UID GID MODE MTIME CTIME NAME    of each file that is named here
#   directory UID NAME                who owns the directory of such a file
#   recorded NAME                     the kernel has told in this boot that its label is bad (type 1800)
#   process PID COMMAND | open PID NAME    who holds a file open for writing
#   hashed NAME                       its label is a hash, and a rule that asks for a signature may be about it
#   grub NAME                         an environment block, which GRUB writes
#   apt USER                          as whom apt downloads
#   end
when=now types='' ignored='' natures='' demands=''
while IFS= read -r line; do
    case $line in
    '') break ;;
    foreseen) when=foreseen ;;
    'walk '*) types="$types ${line#walk }" ;;
    'ignore '*) ignored="$ignored|${line#ignore }" ;;
    'demand '*) demands="$demands${line#demand }
" ;;
    *) natures="$natures$line
" ;;
    esac
done
read_scope
boot=$(sed -n 's/^btime //p' /proc/stat)
printf 'boot %s\n' "$boot"

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
    elif [ -e "$run/labels-begun" ] && [ -e "$run/labels-done" ]; then
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

# What the kernel has told of files that are not walked; of all others their label is known by now. In fix mode there is a
# record of each file that was labelled, so all that can be left out by its device is.
walked=$(printf '%s' "${types# }" | tr ' ' '|')
: >"$directory/recorded"
if findmnt --raw --noheadings --output FSTYPE | grep -qvxE "$walked$ignored"; then
    findmnt --raw --noheadings --types "$(printf '%s' "$walked" | tr '|' ',')" --output SOURCE | sed 's/\[.*//' |
        xargs -r readlink -f -- | sed 's|.*/| dev="|;s|$|"|' >"$directory/devices"
    {
        grep -ahsF op=appraise_data /var/log/audit/audit.log.[0-9]* /var/log/audit/audit.log
        dmesg | grep -aF op=appraise_data
        # What auditd writes the journal has as well, and is slow to tell.
        [ "$(find /var/log/audit/audit.log -newermt "@$boot" 2>/dev/null)" ] ||
            journalctl -q -b --no-pager -o cat _TRANSPORT=audit | grep -aF op=appraise_data
    } 2>/dev/null | grep -avFf "$directory/devices" >"$directory/log"
    printf '%s\n' "$boot" >"$directory/told"
    sed -nE 's/.*audit\(([0-9]+)\..* name=("[^"]*"|[0-9A-F]+) .*res=0.*/\1 \2/p' "$directory/log" >>"$directory/told"
    # shellcheck disable=SC2046
    sort -n -u "$directory/told" | sed "0,/^$boot\$/d;s/^[0-9]* //" | sort -u | while IFS= read -r name; do
        case $name in
        '"/'*) name=${name#?} && printf '%s\n' "${name%?}" ;;
        # The kernel writes a name with blanks and the like in hexadecimal.
        2F*) printf '\\%03o' $(printf '%s' "$name" | sed 's/../0x& /g') && echo ;;
        esac
    done | raw | xargs -0 -r sh -c 'find "$@" -maxdepth 0 -type f -printf "%F %p\0" 2>/dev/null' imaform |
        grep -zvE "^($walked$ignored) " | sed -z 's/^[^ ]* //' >"$directory/recorded"
fi

# First the labels alone: to open a file is what repairs its label in fix mode.
cat "$directory/labelled" "$directory/recorded" >"$directory/names"
: >"$directory/bad"
sound=$(xargs -0 -r getfattr -h -P --absolute-names -n security.ima -e hex -- <"$directory/names" 2>/dev/null |
    grep -cE '^security\.ima=0x(0404[0-9a-f]{64}|(01|0402)[0-9a-f]{40})$')
if [ "$sound" -ne "$(count "$directory/names")" ]; then
    compare=''
    look "$directory/alone" <"$directory/names" >/dev/null
    cat "$directory/alone" >>"$directory/bad"
fi
if [ -s "$directory/others" ]; then
    compare=1
    look "$directory/first" <"$directory/others" >/dev/null
    look_again
    tell_found >>"$directory/bad"
fi
[ ! -e "$directory/broken" ] || fail "the labels could not be read: getfattr or a checksum program died in the middle, or $directory is full"
sed -i -E '/^(fits|signed) /d' "$directory/bad"
cat "$directory/bad"
spelt <"$directory/recorded" | sed 's/^/recorded /' >"$directory/also"
if [ "$demands" ] && [ "$when" = now ]; then
    natures=$demands
    : >"$directory/labelled"
    walk
    cat "$directory/labelled" "$directory/others" |
        xargs -0 -r getfattr -h -P --absolute-names -n security.ima -e hex -- 2>/dev/null |
        sed -n '/^# file: /{s///;h;d;};/^security\.ima=0x0[14]/!d;g;s/^/hashed /;p' >>"$directory/also"
fi

# Who holds what open for writing; not this script.
find /proc/[0-9]*/fdinfo -type f -print0 2>/dev/null | xargs -0 -r grep -lsE '^flags:.*[1256]$' |
    sed 's|/fdinfo/|/fd/|' | tr '\n' '\0' |
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

{ names <"$directory/bad" && sed -E 's/^(recorded|hashed|grub|open [0-9]*) //' "$directory/also"; } | sort -u | raw >"$directory/names"
xargs -0 -r stat --printf '%u %g %a %Y %Z %n\0' -- <"$directory/names" 2>/dev/null | spelt | sed 's/^/facts /'
sed -z 's|/[^/]*$||; s|^$|/|' "$directory/names" | sort -z -u | xargs -0 -r stat --printf '%u %n\0' -- 2>/dev/null | spelt | sed 's/^/directory /'
echo end
