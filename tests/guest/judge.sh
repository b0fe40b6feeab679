# Lets the kernel judge rules, one a line in the file $1, and prints + or - for each. The first line is invalid on purpose,
# so nothing is ever loaded.
exec 3>/sys/kernel/security/ima/policy
printf 'no rule\n' >&3 2>/dev/null && exit 1
while IFS= read -r rule; do
    if printf '%s\n' "$rule" >&3 2>/dev/null; then echo +; else echo -; fi
done <"$1" | tr -d '\n'
