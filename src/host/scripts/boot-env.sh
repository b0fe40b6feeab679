# What the next boots are: /boot/grub/imaform.env, which GRUB reads and writes, as /etc/grub.d/01_imaform says.
grub_directory() {
    for grub in /boot/grub /boot/grub2; do [ -d "$grub" ] && return; done
    fail 'neither /boot/grub nor /boot/grub2 is there'
}

# write_boots MODE TRIAL MENU TRIED PATIENCE
write_boots() {
    grub_directory
    block=$grub/imaform.env
    text=$(printf '# GRUB Environment Block\nimaform_mode=%s\nimaform_trial=%s\nimaform_menu=%s\nimaform_tried=%s\nimaform_patience=%s' "$@")
    padding=$((1024 - ${#text} - 1))
    block() { printf '%s\n' "$text"; head -c "$padding" /dev/zero | tr '\0' '#'; }
    # GRUB reads and writes these blocks without the journal. Writing in place leaves the inode's blocks as they are, so that
    # GRUB sees the new text even when the power goes right afterwards.
    if [ "$(stat -c %s -- "$block" 2>/dev/null)" = 1024 ] && block | dd of="$block" bs=1024 count=1 iflag=fullblock conv=notrunc,fsync 2>/dev/null; then
        :
    else
        block >"$block.new" || fail "cannot write $block"
        chmod 600 "$block.new" && mv -f -T -- "$block.new" "$block" || fail "cannot write $block"
        sync -f -- "$block"
    fi
}

# keep_menu FILE: makes this menu the one that a trial of another goes back to. Its kernels get what the guard needs to know,
# which is nothing but in that case.
keep_menu() {
    earlier=$grub/grub.cfg.earlier
    sed 's/^[[:blank:]]*linux[^[:blank:]]*[[:blank:]].*$/& ${imaform_fallback}/' "$1" >"$earlier.new" &&
        chmod --reference="$1" -- "$earlier.new" && sync -- "$earlier.new" && mv -f -T -- "$earlier.new" "$earlier" ||
        fail "cannot keep a copy of $1; it is as it was"
}
