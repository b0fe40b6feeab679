# $@: the mode of every boot; the mode of the next boot only; what is known of the menu; what was tried; seconds of a trial.
alone boot-mode
write_boots "$@"
evidence "$block: every boot $1${2:+, the next one $2}${3:+, the menu is $3}"
