#!/bin/sh
# In the VM: the real daemon, then our three commands. Arguments: the Node binary and the built program.
set -eu
node=$1
offroll=$2
export HOME=/tmp/home
mkdir -p "$HOME"
usbmuxd -f -p >/tmp/usbmuxd.log 2>&1 &
i=0
until [ -S /var/run/usbmuxd ] && "$node" "$offroll" devices --json 2>/dev/null | grep -q '"state":"needs-trust"'; do
  i=$((i + 1))
  [ $i -lt 30 ] || { echo "the phone did not appear"; cat /tmp/usbmuxd.log; exit 1; }
  sleep 1
done
usbmuxd --version
echo "--- offroll devices"
"$node" "$offroll" devices
echo "--- offroll pair"
"$node" "$offroll" pair
ls -l /var/lib/lockdown
echo "--- offroll devices"
"$node" "$offroll" devices
echo "--- offroll export of ten files"
"$node" "$offroll" export --to "$OUT/photos" --kind photo --folder 100APPLE --limit 10 --yes --verify reread

for fs in vfat exfat; do
  echo "--- export to a real $fs disk, twice, and verify"
  truncate -s 64M /tmp/$fs.img
  mkfs.$fs /tmp/$fs.img >/dev/null
  mkdir -p /tmp/$fs
  mount -t $fs -o loop /tmp/$fs.img /tmp/$fs
  "$node" "$offroll" export --to /tmp/$fs/photos --folder 101APPLE --limit 25 --yes
  "$node" "$offroll" export --to /tmp/$fs/photos --folder 101APPLE --limit 25 --yes 2>&1 | grep "nothing new"
  umount /tmp/$fs
  mount -t $fs -o loop,ro /tmp/$fs.img /tmp/$fs
  "$node" "$offroll" verify /tmp/$fs/photos
done
