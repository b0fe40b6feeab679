# $1: the identifier of the certificate's key.
keyctl list %:.ima 2>/dev/null | grep -q ": $1\$" ||
    fail "this boot began without the certificate in .ima: $(dmesg | grep -aF 'imaform: ' | tail -n 1)"
evidence 'the initramfs has loaded the certificate into .ima'
