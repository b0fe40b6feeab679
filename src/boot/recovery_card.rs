use crate::ima::Appraisal;

/// What a person types at a host's console when nothing else reaches it: the same that `imaform rollback` writes.
pub fn recovery_card(mode: Appraisal) -> String {
    format!(
        "\
Recovery card: back to {mode}, at the console of a host that imaform prepared

1. Reset the host. When GRUB's menu shows, press c. (No menu? Hold Shift while it starts, with UEFI press Esc.)
2. Type these lines:

     set imaform_mode={mode}
     set imaform_trial=
     set imaform_tried=
     save_env --file ${{prefix}}/imaform.env imaform_mode imaform_trial imaform_tried
     configfile ${{prefix}}/grub.cfg

   The menu shows again. Press Enter: this boot and every later one is {mode}.
3. If systemd freezes over the policy, press e on the menu's entry instead, go to the line that begins with linux, add
   to its end

     imaform.fallback init=/usr/lib/imaform/guard

   and press Ctrl-X: the policy is renamed to /etc/ima/ima-policy.unconfirmed before systemd reads it.
4. If the menu itself is the fault, press c and type: configfile ${{prefix}}/grub.cfg.earlier
"
    )
}
