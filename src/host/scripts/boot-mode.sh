# $@: the mode of every boot; the mode of the next boot only; what is known of the menu; what was tried; seconds of a trial.
alone boot-mode
# What an earlier trial left behind says nothing of the one that begins.
if [ "$2" ] || [ "$3" = trial ]; then rm -f -- "$state/trial.log"; fi
write_boots "$@"
evidence "$block: every boot $1${2:+, the next one $2}${3:+, the menu is $3}"
