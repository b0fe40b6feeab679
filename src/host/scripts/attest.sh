# Each line of standard input is a command for the TPM, in octal (\ooo); its answer is said in hexadecimal. When the input
# ends, the measurement list follows: what was quoted is in it, since it only grows.
list=/sys/kernel/security/ima/binary_runtime_measurements
[ -r "$list" ] || fail "$list is not there: the kernel has no IMA, or securityfs is not mounted"
boot_id=$(cat /proc/sys/kernel/random/boot_id)
if [ -c /dev/tpmrm0 ]; then
    command exec 3<>/dev/tpmrm0 || fail '/dev/tpmrm0 cannot be opened'
    answer "tpm $boot_id"
else
    answer "none $boot_id"
fi
while IFS= read -r line; do
    case $line in *[!\\0-7]*) fail 'a TPM command did not arrive whole' ;; esac
    # The device takes a whole command in one write, and gives a whole answer to one read.
    # shellcheck disable=SC2059
    printf "$line" | dd bs=4096 count=1 iflag=fullblock 2>/dev/null >&3 || fail 'the TPM takes no command'
    answer "$(dd bs=4096 count=1 2>/dev/null <&3 | od -An -v -tx1 | tr -d ' \n')"
done
cat -- "$list"
