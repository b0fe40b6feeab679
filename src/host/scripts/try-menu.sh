# $@: as of boot-mode. Before a package changes the menu that is in use: from here on a boot by any menu is a trial, and the one
# of before, with the kernel that runs, is what it goes back to.
alone boot-mode
grub_directory
config=$grub/grub.cfg
pending=$(sed -n 's/^imaform_menu=//p' "$grub/imaform.env" 2>/dev/null)
if [ -z "$pending" ] || [ ! -f "$config.earlier" ]; then
    # The menu may have another kernel first, which nobody has booted yet.
    kernel=$(uname -r)
    id() { sed -n "s/.*menuentry_id_option '\($1\)'.*/\1/p" "$config" | head -n 1; }
    entry=$(id "gnulinux-$(printf %s "$kernel" | sed 's/[.+]/\\&/g')-advanced-[^']*")
    parent=$(id "gnulinux-advanced-[^']*")
    [ "$entry" ] || fail "$config has no entry for the kernel that runs ($kernel), so that a trial could not go back to it; nothing was changed"
    trap 'rm -f -- "$config.before"' EXIT
    cp -p -- "$config" "$config.before" && printf "set default='%s'\n" "${parent:+$parent>}$entry" >>"$config.before" ||
        fail "cannot keep a copy of $config; nothing was changed"
    keep_menu "$config.before"
    evidence "$config.earlier boots $kernel"
fi
rm -f -- "$state/trial.log"
write_boots "$@"
evidence "$block: every boot $1, the menu is $3"
