# Problems of different kinds, planted in a guest whose files are labelled: $1 is plant, mount, hold, mend or trigger.
# Whoever opens a file in fix mode mends its label, so each label is taken away or spoilt last.
user=1000 group=4242
excluded=/var/cache/gate
modules=/usr/lib/modules/$(uname -r)/gate firmware=/usr/lib/firmware/gate
layers=/var/lib/docker/overlay2
odd=$(printf '%s/odd\n name\377_' "$excluded") odd=${odd%_}
wrong=0x0404$(printf '%064d' 1)

bare() { setfattr -h -x security.ima -- "$1" 2>/dev/null || ! getfattr -h --absolute-names -n security.ima -- "$1" >/dev/null 2>&1; }
mark() { setfattr -n security.ima -v "$1" -- "$2"; }
fitting() { sum=$(sha256sum <"$1") && mark "0x0404${sum%% *}" "$1"; }
a_module() { find "/usr/lib/modules/$(uname -r)/kernel" -name 'dummy.ko' | head -n 1; }
a_library() { readlink -f /lib/x86_64-linux-gnu/libz.so.1; }

images() {
    for image in rw ro; do
        truncate -s 8M "$excluded/$image.img"
        mke2fs -q -t ext2 "$excluded/$image.img"
        mkdir -p "/srv/$image"
        mount -t ext2 -o loop "$excluded/$image.img" "/srv/$image"
        cp /bin/true "/srv/$image/tool" && cp "$(a_library)" "/srv/$image/libgate.so.1"
        umount "/srv/$image"
    done
}
mount_all() {
    mount -t ext2 -o loop "$excluded/rw.img" /srv/rw
    mount -t ext2 -o loop,ro "$excluded/ro.img" /srv/ro
    mkdir -p /mnt/layers
    mount -t overlay -o "lowerdir=$layers/a/diff:$layers/b/diff" overlay /mnt/layers
}

case $1 in
plant)
    set -e
    mkdir -p $excluded /var/spool/gate "$modules" $firmware $layers/a/diff $layers/b/diff /var/cache/apt/archives/partial
    cp /bin/true $excluded/tool && cp "$(a_library)" $excluded/libgate.so
    cp /bin/true $excluded/no-label && cp "$(a_library)" $excluded/short.so
    printf '#!/bin/sh\n' >/var/tmp/script-tool && chmod 755 /var/tmp/script-tool && cp /bin/true "$odd" && cp /bin/true /var/cache/apt/archives/partial/hook
    cp /bin/true $layers/a/diff/layer-tool
    chown $user /var/spool/gate && setpriv --reuid $user cp /bin/true /var/spool/gate/given && chown 0 /var/spool/gate/given
    for name in bare stale changed; do cp "$(a_module)" "$modules"/$name.ko && chown $user "$modules"/$name.ko; done
    for name in bare odd; do date >$firmware/$name.bin && chown $user $firmware/$name.bin; done
    images
    sync
    mount -t ext2 -o loop "$excluded/ro.img" /srv/ro
    # Its times are whole seconds: its content must be seen to be older than its label.
    touch -d '1 hour ago' /srv/ro/tool
    mark "$wrong" /srv/ro/tool
    umount /srv/ro
    mount_all
    bare /srv/rw/tool && bare /srv/rw/libgate.so.1
    for file in $excluded/tool $excluded/libgate.so /var/tmp/script-tool "$odd" /var/cache/apt/archives/partial/hook \
        $layers/a/diff/layer-tool /var/spool/gate/given "$modules"/bare.ko $firmware/bare.bin; do bare "$file"; done
    mark 0x05 $excluded/no-label
    mark 0x040401 $excluded/short.so
    mark 0x0404 $firmware/odd.bin
    mark "$wrong" "$modules"/stale.ko
    fitting "$modules"/changed.ko
    setpriv --reuid $user sh -c "printf x >>'$modules/changed.ko'"
    # What runs from a layer is recorded, and has no label that could be written.
    /mnt/layers/layer-tool
    ;;
hold)
    cp /bin/true /opt/held-tool && cp "$(a_library)" /opt/libheld.so && date >/opt/held-data && chgrp $group /opt/held-data
    for file in /opt/held-tool /opt/libheld.so /opt/held-data; do
        nohup sh -c "exec 9>>$file && echo \$\$ >>/run/gate-holders && exec sleep 36000" >/dev/null 2>&1 </dev/null &
    done
    chgrp $group /boot/grub/grubenv
    until [ "$(cat /run/gate-holders 2>/dev/null | wc -l)" = 3 ]; do :; done
    ;;
mount) mount_all ;;
mend)
    xargs -r kill </run/gate-holders
    chgrp 0 /boot/grub/grubenv
    umount /srv/rw /srv/ro /mnt/layers
    rm -rf $excluded /var/spool/gate "$modules" $firmware $layers /var/tmp/script-tool /var/cache/apt/archives/partial/hook \
        /opt/held-tool /opt/libheld.so /opt/held-data /run/gate-holders
    ;;
trigger)
    for tool in $excluded/tool $excluded/no-label /var/tmp/script-tool "$odd" /var/cache/apt/archives/partial/hook /srv/rw/tool \
        /srv/ro/tool /mnt/layers/layer-tool /var/spool/gate/given; do "$tool"; done
    for library in $excluded/libgate.so $excluded/short.so /srv/rw/libgate.so.1; do LD_PRELOAD=$library /bin/true; done
    for module in bare stale changed; do insmod "$modules"/$module.ko; done
    true
    ;;
esac
