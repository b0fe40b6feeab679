# denials SINCE UNTIL FILE…: what appraisal refused from SINCE to before UNTIL (seconds since 1970), a record a line, each once:
# of these files, the audit log, and the kernel's log. No refusal is op=collect_data: its process was killed while the kernel
# hashed what it opened (shown on 6.1).
denials() {
    since=$1 until=$2
    shift 2
    { cat /var/log/audit/audit.log.1 /var/log/audit/audit.log "$@" 2>/dev/null; journalctl -q -k --no-pager -o cat 2>/dev/null || dmesg; } |
        grep -aE '(type=1800|INTEGRITY_DATA).* op=appraise_data .* res=0' |
        awk -v since="$since" -v before="$until" 'match($0, /audit\([0-9]+\.[0-9]+:[0-9]+\)/) {
            key = substr($0, RSTART + 6, RLENGTH - 7)
            split(key, part, ":")
            if (part[1] >= since && part[1] < before && !(key in seen)) { seen[key]; print }
        }'
}

# When this boot began, to the second before.
boot_time() { sed -n 's/^btime //p' /proc/stat; }

failed_units() { systemctl list-units --state=failed --plain --no-legend --no-pager 2>/dev/null | cut -d ' ' -f 1 | sort; }
