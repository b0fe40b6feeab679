# $1: the rules file.
augenrules --load >/dev/null 2>&1
loaded=$(auditctl -l) || fail "auditctl -l failed: $loaded"
# The kernel prints a rule in its own spelling; the key (-k) is what stays the same.
missing=
for key in $(sed -n 's/^[^#]*-k[ =]*\([^ ]*\).*/\1/p' "$1" | sort -u); do
    printf '%s\n' "$loaded" | grep -qE -e "(-k |key=)$key( |\$)" || missing="$missing $key"
done
[ -z "$missing" ] || fail "augenrules --load: the kernel holds no rule with the key$missing; see auditctl -R $1"
evidence "auditctl -l: $(printf '%s\n' "$loaded" | grep -c '^-') rules are loaded"
