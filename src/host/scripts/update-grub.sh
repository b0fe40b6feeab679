# $1: the package whose kernel is to be booted, empty without one; the rest: the tokens that the host's own shell must find in
# GRUB_CMDLINE_LINUX.
alone update-grub
wanted=$1
shift
value=$(
    # shellcheck disable=SC1090
    for file in /etc/default/grub /etc/default/grub.d/*.cfg; do [ -f "$file" ] && . "$file" >/dev/null; done
    printf '%s' "$GRUB_CMDLINE_LINUX"
)
for token in "$@"; do
    case " $value " in
    *" $token "*) ;;
    *) fail "the shell reads GRUB_CMDLINE_LINUX as: $value
which lacks $token: another file sets it after the one that imaform edited; grub.cfg is as it was" ;;
    esac
done
grub_directory
mkconfig=
for tool in grub-mkconfig grub2-mkconfig; do command -v "$tool" >/dev/null && mkconfig=$tool && break; done
[ -n "$mkconfig" ] || fail 'neither grub-mkconfig nor grub2-mkconfig is there; grub.cfg is as it was'

of_block() { sed -n "s/^imaform_$1=//p" "$grub/imaform.env" 2>/dev/null; }

# update-grub writes over the menu that is in use; a power cut then leaves half of one. This one is made beside it, checked,
# and renamed.
config=$grub/grub.cfg
new=$config.imaform
trap 'rm -f -- "$new" "$new.new"' EXIT
trap 'exit 1' HUP INT TERM PIPE
"$mkconfig" -o "$new" >&2 || fail "$mkconfig failed; grub.cfg is as it was"
lines=$(grep -cF -- "$value" "$new")
[ "$lines" -gt 0 ] || fail 'the new menu does not carry the command line; grub.cfg is as it was'
grep -q 'imaform boot mode 3' "$new" || fail 'the new menu does not carry /etc/grub.d/01_imaform; grub.cfg is as it was'
if [ "$wanted" ]; then
    kernel=$(kernel_of "$wanted")
    [ "$kernel" ] || fail "the package $wanted is not installed, or has put no kernel into /boot; grub.cfg is as it was"
    default=$(
        # shellcheck disable=SC1090
        for file in /etc/default/grub /etc/default/grub.d/*.cfg; do [ -f "$file" ] && . "$file" >/dev/null; done
        printf '%s' "${GRUB_DEFAULT:-0}"
    )
    first=$(sed -n 's/^[[:blank:]]*linux[^[:blank:]]*[[:blank:]]*\([^[:blank:]]*\).*/\1/p' "$new" | head -n 1)
    # Of another default only the boot shows what it means.
    if [ "$default" = 0 ] && [ "${first##*/vmlinuz-}" != "$kernel" ]; then
        fail "GRUB would boot ${first##*/} and not the kernel of $wanted, $kernel: remove that kernel, or name the other one in GRUB_DEFAULT; grub.cfg is as it was"
    fi
fi
if cmp -s -- "$new" "$config"; then
    touch -- "$config"
    evidence "$config: $lines kernel entries carry the command line already"
    exit 0
fi
if [ -f "$config" ]; then
    keep_earlier "$config" || fail "cannot keep a copy of $config; it is as it was"
    chmod --reference="$config" -- "$new"
    # What is on trial falls back to the last menu by which the host booted and was reached.
    [ -n "$(of_block menu)" ] && [ -f "$config.earlier" ] || keep_menu "$config"
    # GRUB reads the disk without the journal: until that is written back it may find the earlier name, whose inode this
    # link keeps.
    ln -f -- "$config" "$config.replaced"
fi
write_boots "$(of_block mode)" "$(of_block trial)" unproven "$(of_block tried)" "$(of_block patience)"
sync -- "$new" && mv -f -T -- "$new" "$config" || fail "cannot replace $config"
sync -f -- "$grub"
evidence "$config: $lines kernel entries carry the new command line"
