# $@: the tokens that the host's own shell must find in GRUB_CMDLINE_LINUX.
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
if command -v update-grub >/dev/null; then
    update-grub 2>&1 || fail 'update-grub failed; the earlier grub.cfg is in use'
elif command -v grub2-mkconfig >/dev/null; then
    grub2-mkconfig -o /boot/grub2/grub.cfg 2>&1 || fail 'grub2-mkconfig failed; the earlier grub.cfg is in use'
elif command -v grub-mkconfig >/dev/null; then
    grub-mkconfig -o /boot/grub/grub.cfg 2>&1 || fail 'grub-mkconfig failed; the earlier grub.cfg is in use'
else
    fail 'neither update-grub nor grub-mkconfig is there'
fi
for config in /boot/grub/grub.cfg /boot/grub2/grub.cfg; do
    [ -f "$config" ] || continue
    sync -- "$config"
    lines=$(grep -cF -- "$value" "$config")
    [ "$lines" -gt 0 ] || fail "$config does not carry the new command line"
    grep -q 'imaform boot mode 1' "$config" || fail "$config does not carry /etc/grub.d/01_imaform"
    evidence "$config: $lines kernel entries carry the new command line"
    exit 0
done
fail 'no grub.cfg was written'
