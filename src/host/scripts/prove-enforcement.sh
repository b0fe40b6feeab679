# Shows on a file of our own that a missing label is refused: `missing-hash` in audit record 1800.
mkdir -p "$state" && cd "$state" || fail "$state cannot be used"
probe=$state/enforcement-probe
trap 'rm -f -- "$probe"' EXIT
rm -f -- "$probe"
cp -- /bin/true "$probe" && chmod 755 "$probe" || fail "cannot make $probe"
if ! getfattr -h --absolute-names -n security.ima -- "$probe" >/dev/null 2>&1; then
    sum=$(sha256sum <"$probe") && setfattr -n security.ima -v "0x0404${sum%% *}" -- "$probe" || fail "cannot label $probe"
fi
"$probe" || fail "$probe is labelled and cannot be executed (exit $?)"
evidence 'a labelled program runs'
# auditd takes the records from the kernel log; which of the three has them depends on what runs. A run before this one
# left records too.
records() {
    {
        cat /var/log/audit/audit.log 2>/dev/null
        dmesg 2>/dev/null
        journalctl -q -b --no-pager -o cat _TRANSPORT=audit 2>/dev/null
    } | grep -aE '(type=1800|INTEGRITY_DATA).*enforcement-probe'
}
before=$(records | wc -l)
setfattr -x security.ima -- "$probe" || fail "cannot take the label of $probe away"
"$probe" 2>/dev/null
status=$?
[ "$status" = 126 ] || fail "without its label the program still ran (exit $status): enforcing denies nothing. The loaded policy does not appraise programs of root."
evidence 'without its label it is refused: exit 126 (EACCES)'
waited=0
while [ "$(records | wc -l)" -le "$before" ] && [ "$waited" -lt 150 ]; do
    waited=$((waited + 1))
    sleep 0.2
done
[ "$(records | wc -l)" -gt "$before" ] || fail 'the access was refused, but no audit record of type 1800 was written: is audit off on the kernel command line?'
evidence "$(records | tail -n 1)"
