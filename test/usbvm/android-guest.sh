#!/bin/bash
# In the VM: our client on two MTP devices that nobody here wrote, the cable pulled in mid-copy; then three programs that nobody here
# wrote on our responder. Arguments: the Node binary, the built program, the folder that the devices hold.
set -euo pipefail
node=$1
offroll=$2
phone=$3
export HOME=/tmp/home
mkdir -p "$HOME"
run() { "$node" "$offroll" "$@"; }
fail() { echo "FAILED: $*"; exit 1; }

umtp-up "$phone" >/dev/null
usb-settle
# libusb learns of a plug from udev: without it a running program sees only the devices it began with.
/lib/systemd/systemd-udevd --daemon
udevadm trigger
udevadm settle

echo "--- offroll devices"
run devices --via mtp
echo "--- offroll doctor"
run doctor --via mtp | grep -i "mtp\|usb" || true

copy() { # copy SERIAL NAME
  echo "--- offroll export of $2, and again"
  run export --via mtp --device "$1" --to "$OUT/$2" --yes --verify reread
  run export --via mtp --device "$1" --to "$OUT/$2" --yes 2>&1 | grep "nothing new" || fail "$2 was copied again"
}
copy USBVM0000 qemu
copy UMTP0000 umtp

pulled() { # pulled SERIAL NAME PULL PUT: the cable of a device pulled while its large video is copied
  echo "--- the cable of $2 pulled in mid-copy, and put back"
  run export --via mtp --device "$1" --to "$OUT/$2-pulled" --folder Large --yes --wait 90s 2>"$OUT/$2.log" &
  local pid=$! i=0
  until [ "$(du -sk "$OUT/$2-pulled/.offroll" 2>/dev/null | cut -f1 || echo 0)" -gt 9000 ] 2>/dev/null; do
    i=$((i + 1)); [ $i -lt 300 ] || { cat "$OUT/$2.log"; fail "nothing is copied from $2"; }
    kill -0 $pid 2>/dev/null || break
    sleep 0.1
  done
  kill -0 $pid 2>/dev/null || { cat "$OUT/$2.log"; fail "$2 was copied before the cable was pulled"; }
  eval "$3"; sleep 2; eval "$4"
  wait $pid || { cat "$OUT/$2.log"; fail "$2 was not copied to its end"; }
  cat "$OUT/$2.log"
}
pulled USBVM0000 qemu 'usbvm-ctl unplug mtp0' 'usbvm-ctl plug mtp0'
# Not umtprd: it does not survive a cable pulled in mid-transfer, and mtp-files cannot open it again either.
usbvm-ctl unplug mtp0 >/dev/null
umtp-down umtp0 >/dev/null

copy DEMO0ANDROID mock
echo "--- mtp-files on our responder"
mtp-files >/tmp/mtp-files.log 2>&1 || { tail -5 /tmp/mtp-files.log; fail mtp-files; }
grep -c "File ID" /tmp/mtp-files.log
mkdir -p "$OUT/libmtp"
ids=$(awk '/File ID/ {id=$3} /Filename: .*\.(jpg|heic|mp4)$/ {print id}' /tmp/mtp-files.log | head -4)
for id in $ids; do mtp-getfile "$id" "$OUT/libmtp/$id" >/dev/null 2>&1 || fail "mtp-getfile $id"; done
echo "--- gphoto2 -P from our responder"
mkdir -p "$OUT/gphoto2" && cd "$OUT/gphoto2"
gphoto2 -P >/tmp/gphoto2.log 2>&1 || { tail -5 /tmp/gphoto2.log; fail gphoto2; }
find . -type f | wc -l
echo "--- jmtpfs of our responder"
mkdir -p /tmp/mnt "$OUT/jmtpfs" && cd /
jmtpfs /tmp/mnt >/dev/null 2>&1 || fail jmtpfs
cp -r /tmp/mnt/*/DCIM "$OUT/jmtpfs/" || fail "cp from jmtpfs"
echo "--- who has it?"
run devices --via mtp 2>&1 | tee /tmp/owned.log
grep -q "jmtpfs has the device's USB interface.*fusermount -u" /tmp/owned.log || fail "the owner is not named"
fusermount -u /tmp/mnt
find "$OUT/jmtpfs" -type f | wc -l
echo "--- the udev rule"
run doctor --udev >/etc/udev/rules.d/70-offroll.rules 2>/dev/null
udevadm control --reload && udevadm trigger && udevadm settle
tags=$(for d in /dev/bus/usb/*/*; do udevadm info -q property -n "$d" | grep -E "^(PRODUCT|TAGS)="; done)
echo "$tags" | grep -A1 "18d1/4ee1" | grep uaccess || { echo "$tags"; fail "the rule does not match"; }
echo "guest done"
