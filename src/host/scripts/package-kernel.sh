# $1: a package. The release of its kernel.
release=$(kernel_of "$1")
[ "$release" ] || fail "the package $1 is not installed, or has put no kernel into /boot"
echo "$release"
