mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security ||
    fail 'securityfs cannot be mounted on /sys/kernel/security'
evidence "$(grep ' /sys/kernel/security ' /proc/mounts)"
