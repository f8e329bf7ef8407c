#!/usr/bin/env bash
# `npm run bench:mtp -- [megabytes] [big|many]`: offroll beside mtp-tools, gphoto2 and jmtpfs on one MTP device in a VM.
# The VM is emulated, and its processor 20 to 40 times slower than this one: figures compare the programs with each other and
# say nothing of real phones.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
node=$(node -p 'process.execPath')
vm=${OFFROLL_USB_VM:-$top/test/usbvm/usbvm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
megabytes=${1:-1024}
mkdir -p "$work/big/DCIM/Camera"
head -c $((megabytes * 1000000)) /dev/urandom >"$work/big/DCIM/Camera/VID_0001.mp4"
for folder in $(seq 0 9); do
  mkdir -p "$work/many/DCIM/10$folder"
  for i in $(seq 200); do head -c 10240 /dev/urandom >"$work/many/DCIM/10$folder/IMG_$folder$(printf %03d "$i").jpg"; done
done
for what in ${2:-big many}; do
  "$vm" --mtp "$work/$what" --mem 6G --timeout 0 --speed high -- "$here/mtp-guest.sh" "$node" "$top/dist/offroll.cjs" $what "$work/$what"
done
