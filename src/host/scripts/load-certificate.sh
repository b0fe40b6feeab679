# $1: the identifier of the certificate's key. $2: the file, PEM.
command -v keyctl >/dev/null || fail 'keyctl is not there: install the package keyutils'
loaded() { keyctl list %:.ima 2>/dev/null | grep -q ": $1\$"; }
if loaded "$1"; then
    evidence 'the certificate is in .ima'
    exit 0
fi
said=$(sed '/^-----/d' -- "$2" | base64 -d | keyctl padd asymmetric '' %:.ima 2>&1) ||
    fail "the kernel does not take the certificate into .ima ($said). It takes what is signed by a key that it trusts: one that was built into it, or a machine owner key where it was built to trust those; since 6.4 the certificate must be for digitalSignature and be none of a CA"
loaded "$1" || fail 'the certificate was taken, and is not in .ima'
evidence 'the kernel took the certificate into .ima'
