#!/bin/sh
# In the VM: a mock phone, and a backup of it to the disk whose power is about to go.
set -eu
node=$1
offroll=$2
export HOME=/tmp/home
mkdir -p "$HOME" /tmp/disk
mount -t ext4 /dev/vda /tmp/disk
"$node" "$offroll" mock iphone --socket /tmp/mux --quiet --rate 0.15 </dev/null >/dev/null &
i=0
until [ -S /tmp/mux ]; do
  i=$((i + 1))
  [ $i -lt 100 ] || exit 1
  sleep 0.2
done
"$node" "$offroll" backup /tmp/disk/photos --usbmux /tmp/mux --json --verify hash
umount /tmp/disk
