# Standard input: the rules that the kernel must hold then, a line each, as src/resource/audit.rs writes them.
output=$(augenrules --load 2>&1 </dev/null) || fail "augenrules --load failed: ${output:-it gives no reason; auditctl -R writes to the journal}
$(auditctl -s 2>/dev/null | grep -q '^enabled 2' && echo 'The audit rules are locked (-e 2) until the next boot.')"
loaded=$(auditctl -l 2>&1) || fail "auditctl -l failed: $loaded"
# A watch is listed as it was written. Of other rules the kernel's spelling differs: list and keys are what stays.
missing=$({ cat && echo && printf '%s\n' "$loaded"; } | awk '
    !listed && $0 == "" { listed = 1; next }
    !listed { wanted[++count] = $0; next }
    $1 == "-w" { sub(/\/+ -p /, " -p "); held[$0]++ }
    $1 == "-a" {
        sub(/^[a-z]+,/, "", $2)
        rule = $1 " " $2
        for (i = 3; i <= NF; i++) if ($i ~ /^key=/) rule = rule " -k " substr($i, 5)
        held[rule]++
    }
    END { for (i = 1; i <= count; i++) if (held[wanted[i]]-- <= 0) print wanted[i] }')
[ -z "$missing" ] || fail "augenrules --load: the kernel does not hold
$missing
augenrules says: $output"
evidence "auditctl -l: $(printf '%s\n' "$loaded" | grep -c '^-') rules are loaded"
