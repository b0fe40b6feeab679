# Sets labels that were made elsewhere, of files that are still what was hashed. $1: how many lines are on standard input:
#   CONTENT CHANGE LABEL NAME      as digest-files.sh told them
# The answer is lines:
#   left NAME                      it has changed meanwhile, or takes no label
#   end
alone labels
command -v setfattr >/dev/null || fail 'setfattr is not there: install the package attr'
directory=$(mktemp -d -p /run) || fail 'cannot make a temporary directory'
# Expanded here and now: nothing that is called $directory later is removed.
# shellcheck disable=SC2064
trap "rm -rf -- '$directory'" EXIT
trap 'exit 1' HUP INT TERM PIPE
cd "$directory" || exit 1
sort -t ' ' -k 4 >wanted
[ "$(wc -l <wanted)" -eq "$1" ] || fail 'the signatures did not arrive whole; none was set'
export signing_facts

# facts: of the spelt names on standard input.
facts() {
    raw | xargs -0 -r -n 1024 sh -c 'find "$@" -maxdepth 0 -type f -printf "$signing_facts"' imaform 2>/dev/null |
        lines "$signing_parted" | sort -t ' ' -k 3
}

cut -d ' ' -f 4 wanted | facts >before
# LABEL NAME of those of which nothing has changed, not even a label.
join -t ' ' -1 4 -2 3 -o 1.1,1.2,2.1,2.2,1.3,0 wanted before | sed -nE 's/^([^ ]+ [^ ]+) \1 //p' >still
sed 'h; s/.* /# file: /; p; g; s/^/security.ima=/; s/ .*/\n/' still | setfattr -h --restore=- 2>complaints
sync
cut -d ' ' -f 2 still | raw | xargs -0 -r getfattr -h -P --absolute-names -n security.ima -e hex -- 2>/dev/null |
    sed -n "$(labels_of 0x03)" | sort >now
sort still | comm -12 - now | cut -d ' ' -f 2 | sort >landed
# What was written while its label was set has a signature of what it was before.
cut -d ' ' -f 2 still | facts | cut -d ' ' -f 1,3 | sort >after
cut -d ' ' -f 1,4 wanted | sort | comm -12 - after | cut -d ' ' -f 2 | sort >unwritten
comm -23 landed unwritten | raw | xargs -0 -r setfattr -h -x security.ima -- 2>/dev/null
comm -12 landed unwritten >lasting
cut -d ' ' -f 4 wanted | sort | comm -23 - lasting | sed 's/^/left /'
evidence "$(wc -l <lasting) signatures set and read back"
head -n 5 complaints | while IFS= read -r line; do evidence "$line"; done
echo end
