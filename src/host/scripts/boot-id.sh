cat /proc/sys/kernel/random/boot_id /proc/cmdline
uname -r
