# kernel_of PACKAGE: the release of the kernel that an installed package has put into /boot, or one that it depends on:
# linux-image-amd64 holds no kernel itself.
kernel_of() {
    wave=$1 seen=
    while [ "$wave" ]; do
        next=
        for package in $wave; do
            case " $seen " in *" $package "*) continue ;; esac
            seen="$seen $package"
            [ "$(dpkg-query -W -f '${db:Status-Status}' -- "$package" 2>/dev/null)" = installed ] || continue
            for release in $(dpkg-query -L "$package" | sed -n 's:^/boot/vmlinu[xz]-::p; s:^\(/usr\)*/lib/modules/\([^/]*\)/vmlinuz$:\2:p' | sort -rV); do
                [ -f "/boot/vmlinuz-$release" ] && echo "$release" && return
            done
            depends=$(dpkg-query -W -f '${Pre-Depends},${Depends}' -- "$package" | tr ',|' '[\n*]' | sed -n 's/^ *\(linux-[^ (:]*\).*/\1/p')
            next="$next $depends"
        done
        # shellcheck disable=SC2086
        set -- $next
        wave=$*
    done
}
