#!/bin/bash
# In the VM: each device copied through libusb; its cable is pulled in mid-copy by itself, and put back by attaching it again.
# Arguments: the Node binary, the built program, the program that attaches, and NAME:SERIAL:PORT of each.
set -euo pipefail
node=$1 offroll=$2 attach=$3
shift 3
export HOME=/tmp/home
# Copied to the machine's own memory, then to where the host compares them.
mkdir -p "$HOME" /tmp/copies
run() { "$node" "$offroll" "$@"; }
fail() { echo "FAILED: $*"; exit 1; }
usb-settle
/lib/systemd/systemd-udevd --daemon
udevadm trigger
udevadm settle
echo "--- offroll devices"
run devices --via mtp
is_there() { grep -qsx "$1" /sys/bus/usb/devices/*/serial; }
for device in "$@"; do
  IFS=: read -r name serial port <<<"$device"
  echo "--- $name, the cable pulled in mid-copy"
  run export --via mtp --device "$serial" --to "/tmp/copies/$name" --yes --verify reread --wait 90s >"$OUT/$name.log" 2>&1 &
  pid=$!
  for _ in $(seq 600); do is_there "$serial" || break; kill -0 $pid 2>/dev/null || break; sleep 0.1; done
  is_there "$serial" && { cat "$OUT/$name.log"; fail "$name was copied before its cable was pulled"; }
  for _ in $(seq 30); do sleep 1; "$attach" 10.0.2.2 "$port" >/dev/null 2>&1 || true; is_there "$serial" && break; done
  is_there "$serial" || fail "$name does not come back"
  wait $pid || { cat "$OUT/$name.log"; fail "$name was not copied to its end"; }
  cat "$OUT/$name.log"
  run export --via mtp --device "$serial" --to "/tmp/copies/$name" --yes 2>&1 | grep "nothing new" || fail "$name was copied again"
  mkdir "$OUT/$name" && cp -r "/tmp/copies/$name/." "$OUT/$name/" && rm -rf "/tmp/copies/$name"
done
echo "guest done"
