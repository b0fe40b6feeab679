# $1: the mark that begins a section; it is random, so that no file's content can forge one.
mark=$1
section() { printf '\n%s %s\n' "$mark" "$*"; }
show() { [ -f "$1" ] && cat -- "$1" 2>/dev/null; }
value() { printf '%s=%s\n' "$1" "$2"; }
file() {
    section file "$1"
    if [ -e "$1" ]; then
        sum=
        [ -f "$1" ] && sum=$(sha256sum 2>/dev/null <"$1")
        printf '%s|%s\n' "$(stat -L -c '%F|%a|%U|%G|%s' -- "$1")" "${sum%% *}"
        [ -f "$1" ] && [ "$(stat -L -c %s -- "$1")" -le 1048576 ] && cat -- "$1"
    elif [ -L "$1" ]; then
        echo 'dangling link|0|root|root|0|'
    else
        echo 'absent|0|root|root|0|'
    fi
}

section os
show /etc/os-release
section kernel
value release "$(uname -r)"
value machine "$(uname -m)"
value boot_id "$(cat /proc/sys/kernel/random/boot_id)"
value nproc "$(nproc)"
# Firmware counts backwards from the kernel's first moment; microseconds, 0 while the boot is not over.
systemctl show -p FirmwareTimestampMonotonic -p FinishTimestampMonotonic 2>/dev/null
section cmdline
cat /proc/cmdline
section mounts
cat /proc/mounts

section lock
[ ! -e "$state/lock" ] || for field in run by since until; do value "$field" "$(holder "$field")"; done
value last "$(sed -n 's/^run=//p' "$state/last-run" 2>/dev/null)"

section applied
show "$state/applied"

section tools
for tool in update-grub grub-mkconfig grub2-mkconfig findmnt augenrules auditctl getfattr setfattr keyctl update-initramfs systemctl apt-get dpkg dnf zypper; do
    command -v "$tool" >/dev/null && echo "$tool"
done

section integrity
value securityfs "$(mountpoint -q /sys/kernel/security && echo mounted || echo absent)"
value ima "$([ -e /sys/kernel/security/ima ] && echo present || echo absent)"
door=absent
node=/sys/kernel/security/ima/policy
if [ -e "$node" ]; then
    case $(stat -c %A "$node") in *w*) door=open ;; *) door=closed ;; esac
elif [ -e /sys/kernel/security/ima ]; then
    door=closed
fi
value door "$door"
value policy_updates "$(dmesg 2>/dev/null | grep -c 'ima: policy update completed')"
# A file that was put there after this boot is not the one that systemd loaded in it.
boot=$(sed -n 's/^btime //p' /proc/stat)
changed=$(stat -c %Z /etc/ima/ima-policy 2>/dev/null)
value policy_after_boot "$([ -n "$changed" ] && [ "$changed" -gt "$boot" ] && echo 1)"
value measurements "$(cat /sys/kernel/security/ima/runtime_measurements_count 2>/dev/null)"
value violations "$(cat /sys/kernel/security/ima/violations 2>/dev/null)"
value lsm "$(cat /sys/kernel/security/lsm 2>/dev/null)"
value evm "$(cat /sys/kernel/security/evm /sys/kernel/security/integrity/evm/evm 2>/dev/null | head -n 1)"
value tpm "$(cat /sys/class/tpm/tpm0/tpm_version_major 2>/dev/null)"
value secure_boot "$(cat /sys/firmware/efi/efivars/SecureBoot-* 2>/dev/null | tail -c 1 | od -An -tu1 | tr -d ' ')"
value loaded "$(cat "$run/policy" 2>/dev/null)"
value container "$([ -e /run/systemd/container ] && cat /run/systemd/container)"

section grub
for directory in /boot/grub /boot/grub2; do
    [ -d "$directory" ] || continue
    value directory "$directory"
    value abstraction "$(grub-probe --target=abstraction "$directory" 2>/dev/null | tr '\n' ' ')"
    value fs "$(grub-probe --target=fs "$directory" 2>/dev/null)"
    break
done
section grub-effective
effective=$(
    # shellcheck disable=SC1090
    for file in /etc/default/grub /etc/default/grub.d/*.cfg; do [ -f "$file" ] && . "$file" >/dev/null 2>&1; done
    printf '%s' "$GRUB_CMDLINE_LINUX"
)
printf '%s' "$effective"
section grub-effective-default
(
    # shellcheck disable=SC1090
    for file in /etc/default/grub /etc/default/grub.d/*.cfg; do [ -f "$file" ] && . "$file" >/dev/null 2>&1; done
    printf '%s' "$GRUB_CMDLINE_LINUX_DEFAULT"
)
section grub-menu
for config in /boot/grub/grub.cfg /boot/grub2/grub.cfg; do
    [ -f "$config" ] || continue
    [ -n "$effective" ] && value lines "$(grep -cF -- "$effective" "$config")"
    [ -z "$(find /etc/default/grub /etc/default/grub.d /etc/grub.d/01_imaform -newer "$config" -type f 2>/dev/null)" ] || value stale 1
    value snippet "$(grep -c 'imaform boot mode 3' "$config")"
    head -c 1 "$config" >/dev/null 2>&1 || value unreadable 1
    menu=$(sha256sum 2>/dev/null <"$config")
    value sha256 "${menu%% *}"
    break
done
for config in /boot/grub/imaform.env /boot/grub2/imaform.env; do [ -f "$config" ] && file "$config"; done
section grub-files
for config in /etc/default/grub /etc/default/grub.d/*.cfg; do [ -f "$config" ] && echo "$config"; done
for config in /etc/default/grub /etc/default/grub.d/*.cfg; do [ -f "$config" ] && file "$config"; done

packages='' units='' kernel_package=''
# What decides of a policy's rules.
options='VERSION_SIGNATURE|IMA|EVM|INTEGRITY|LSM|64BIT|SECURITY_(APPARMOR|SELINUX|SMACK)|CRYPTO_(MD|SHA|RMD|WP512|TGR192|SM3|STREEBOG)'
while IFS= read -r line; do
    case $line in
    '') break ;;
    'kernel-record') file "/boot/config-$(uname -r)" ;;
    'file '*) file "${line#file }" ;;
    'option '*) options="$options|${line#option CONFIG_}" ;;
    'kernel-package '*) kernel_package=${line#kernel-package } ;;
    'package '*) packages="$packages ${line#package }" ;;
    'service '*) units="$units ${line#service }" ;;
    esac
done
section kernel-config
config=/boot/config-$(uname -r)
# Where the record was edited, the copy from before tells what the kernel was built with.
for copy in "$state/earlier$config".[0-9]*; do [ -f "$copy" ] && config=$copy && break; done
if [ -f /proc/config.gz ]; then
    gzip -dc /proc/config.gz | grep -E "^(# )?CONFIG_($options)"
elif [ -f "$config" ]; then
    grep -E "^(# )?CONFIG_($options)" "$config"
fi

if [ "$kernel_package" ]; then
    section package-kernel
    command -v dpkg-query >/dev/null || value dpkg absent
    kernel=$(kernel_of "$kernel_package")
    value release "$kernel"
    section package-kernel-config
    [ "$kernel" ] && grep -E "^(# )?CONFIG_($options)" "/boot/config-$kernel" 2>/dev/null
fi

# Names of packages and units hold no blanks or wildcards: the playbook is checked.
section packages
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086
    if command -v dpkg-query >/dev/null; then
        dpkg-query -W -f '${Package} ${db:Status-Status} ${Version}\n' -- $packages 2>/dev/null
    elif command -v rpm >/dev/null; then
        rpm -q --queryformat '%{NAME} installed %{VERSION}-%{RELEASE}\n' -- $packages 2>/dev/null | grep ' installed '
    fi
fi
section services
# shellcheck disable=SC2086
[ -z "$units" ] || systemctl show -p ActiveState -p UnitFileState -- $units 2>/dev/null

section audit-rules
command -v auditctl >/dev/null && auditctl -l 2>/dev/null
# What augenrules made of all files of rules.d when it last loaded them.
file /etc/audit/audit.rules

section labels
read_scope
if [ -n "$scope_types" ] && command -v getfattr >/dev/null; then
    complaints=$(mktemp -p /run)
    count_labels "$complaints"
    value labelled "$labelled"
    value unlabelled "$unlabelled"
    if [ "$unlabelled" -gt 0 ] && [ "$unlabelled" -le 200 ]; then
        names=$(unlabelled_names)
        held=$(printf '%s\n' "$names" | holders | sed -n 'n;p')
        printf '%s\n' "$held" | sed -n 's/^./held=&/p'
        printf '%s\n' "$names" | grep -Fxv -e "$held" | sed 's/^/missing=/'
    fi
    rm -f -- "$complaints"
fi

section signatures
read_signing
if [ -n "$signing_paths" ]; then
    sed -n 's/.* asymmetri /key=/p' /proc/keys 2>/dev/null
    keyctl list %:.ima 2>/dev/null | sed -n 's/.* asymmetric: /loaded=/p'
    image=/boot/initrd.img-$(uname -r)
    if [ ! -f "$image" ]; then
        value initramfs absent
    elif [ "$(find /etc/keys/x509_ima.pem /etc/initramfs-tools/hooks/imaform_ima /etc/initramfs-tools/scripts/init-top/imaform_ima -newer "$image" 2>/dev/null)" ]; then
        value initramfs stale
    else
        value initramfs current
    fi
    if command -v getfattr >/dev/null; then
        names=$(mktemp -p /run)
        signing_find -print0 >"$names"
        lines '' <"$names" | sort -u >"$names.all"
        xargs -0 -r getfattr -h -P --absolute-names -n security.ima -e hex -- <"$names" 2>/dev/null |
            sed -n "$(labels_of "$signing_label")" | cut -d ' ' -f 2 | sort -u | comm -13 - "$names.all" >"$names.unsigned"
        value files "$(wc -l <"$names.all")"
        value unsigned "$(wc -l <"$names.unsigned")"
        head -n 20 "$names.unsigned" | sed 's/\\040/ /g; s/^/name=/'
        rm -f -- "$names" "$names.all" "$names.unsigned"
    fi
fi
section end
