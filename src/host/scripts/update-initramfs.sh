# $@: what the initramfs of the running kernel must hold afterwards.
alone initramfs
said=$(update-initramfs -u -k all 2>&1) || fail "update-initramfs failed; the initramfs is as it was: $said"
image=/boot/initrd.img-$(uname -r)
held=$(lsinitramfs "$image") || fail "$image cannot be read"
for path in "$@"; do
    printf '%s\n' "$held" | grep -qE "(^|/)$path\$" || fail "$image was made anew and has no $path: $said"
done
sync
evidence "$image was made anew and holds $*"
