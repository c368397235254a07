#!/bin/bash
# Readies a machine before it takes trials.

cat >> /etc/ecs/ecs.config <<'CONFIG'
ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
ECS_CONTAINER_STOP_TIMEOUT=2m
ECS_CONTAINER_START_TIMEOUT=10m
ECS_IMAGE_PULL_BEHAVIOR=prefer-cached
CONFIG

# Whole disks of a kind that nothing uses yet.
blank() {
  lsblk --nodeps --noheadings --paths --output NAME,MODEL | grep "$1" | awk '{print $1}' | while read -r disk; do
    [ "$(lsblk --noheadings "$disk" | wc -l)" = 1 ] && ! blkid "$disk" > /dev/null && echo "$disk"
  done
}

mount_disk() {
  mkfs.xfs -q -f "$1" && mount -o noatime "$1" "$2"
}

mkdir -p /grid /scratch

# Disks inside the machine are free and fast; several become one.
inside=($(blank "Instance Storage"))
if [ "${#inside[@]}" -gt 1 ] && { command -v mdadm || dnf install -qy mdadm; }; then
  mdadm --create /dev/md0 --run --level=0 --raid-devices="${#inside[@]}" "${inside[@]}" && inside=(/dev/md0)
fi
[ "${#inside[@]}" -gt 0 ] && mount_disk "${inside[0]}" /grid

# The extra disk, where one was asked for that the machine does not have inside.
extra=($(blank "Elastic Block Store"))
if [ "${#extra[@]}" -gt 0 ]; then
  mount_disk "${extra[0]}" /scratch
else
  mkdir -p /grid/scratch && mount --bind /grid/scratch /scratch
fi
chmod 1777 /grid /scratch

cat > /etc/systemd/system/grid-spot-watch.service <<'UNIT'
[Unit]
Description=Tells the trials of this machine when AWS takes it away

[Service]
ExecStart=/usr/local/bin/grid-spot-watch
Restart=always

[Install]
WantedBy=multi-user.target
UNIT
chmod 755 /usr/local/bin/grid-spot-watch
systemctl daemon-reload
systemctl enable --now --no-block grid-spot-watch.service
