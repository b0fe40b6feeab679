if command -v apt-get >/dev/null; then
    apt-get -q -o DPkg::Lock::Timeout=300 update || fail 'apt-get update failed'
    install() {
        apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --no-install-recommends install -- "$@"
    }
    if ! install "$@"; then
        # What an interrupted dpkg left half done stops every later apt-get, which has waited for the lock before it said so.
        [ -n "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ] || fail "apt-get install $* failed"
        dpkg --force-confold --configure -a || fail 'dpkg --configure -a failed'
        install "$@" || fail "apt-get install $* failed"
    fi
    for package in "$@"; do
        status=$(dpkg-query -W -f '${db:Status-Status} ${Version}' -- "$package" 2>/dev/null)
        [ "${status%% *}" = installed ] || fail "$package is not installed after apt-get install"
        evidence "$package ${status#* } is installed"
    done
elif command -v dnf >/dev/null; then
    dnf -y install -- "$@" || fail "dnf install $* failed"
elif command -v zypper >/dev/null; then
    zypper --non-interactive install -- "$@" || fail "zypper install $* failed"
else
    fail 'none of apt-get, dnf and zypper is there to install packages'
fi
