for unit in "$@"; do
    systemctl enable --now -- "$unit" || fail "$unit cannot be enabled and started: see journalctl -u $unit"
    systemctl is-active --quiet -- "$unit" || fail "$unit is not active: see journalctl -u $unit"
    evidence "$unit is enabled and active"
done
