#!/usr/bin/env bash
# Real USB in a VM, both ways round: offroll on QEMU's MTP responder and on uMTP-Responder, through libusb; Debian's mtp-tools,
# gphoto2 and jmtpfs on our responder, which the VM attaches over USB/IP. All copies are compared on the host.
#
# OFFROLL_USB_VM names another harness of the same shape (PROGRAM --mtp DIR --out DIR -- COMMAND); ours otherwise.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
node=$(node -p 'process.execPath')
vm=${OFFROLL_USB_VM:-$here/usbvm}
out=$(mktemp -d)
mock=
cleanup() {
  [ -z "$mock" ] || kill "$mock" 2>/dev/null || true
  rm -rf "$out"
}
trap cleanup EXIT

mkdir -p "$out/phone/DCIM/Camera/Trip" "$out/phone/Pictures/Screenshots" "$out/phone/Large" "$out/vm"
n=0
find "$top/dist/demo-phone/files" -type f -size -400k \( -iname '*.jpg' -o -iname '*.heic' -o -iname '*.png' -o -iname '*.mov' \) |
  sort | sed -n 1,40p | while read -r file; do
  n=$((n + 1))
  case $((n % 4)) in 0) folder=Pictures/Screenshots ;; 1) folder=DCIM/Camera/Trip ;; *) folder=DCIM/Camera ;; esac
  cp "$file" "$out/phone/$folder/$(printf 'IMG_%04d' $n).${file##*.}"
done
# One that fills its last packet; a name with a space (QEMU's responder garbles what is not ASCII).
head -c 5108 /dev/urandom >"$out/phone/DCIM/Camera/full-packet.jpg"
head -c 70000 /dev/urandom >"$out/phone/DCIM/Camera/a name of its own.jpg"
head -c 6000000 /dev/urandom >"$out/phone/DCIM/Camera/VID_0001.mp4"
head -c 60000000 /dev/urandom >"$out/phone/Large/VID_0002.mp4"

"$node" "$top/dist/offroll.cjs" mock android --json </dev/null >"$out/mock.json" &
mock=$!
for _ in $(seq 600); do [ -s "$out/mock.json" ] && break; sleep 0.1; done
[ -s "$out/mock.json" ] || { echo "the mock did not start" >&2; exit 1; }
usbip=$("$node" -p "JSON.parse(require('fs').readFileSync('$out/mock.json','utf8')).usbip")

"$vm" --mtp "$out/phone" --usbip "localhost:${usbip#*:}" --module dummy_hcd --mem 3G --out "$out/vm" \
  -- "$here/android-guest.sh" "$node" "$top/dist/offroll.cjs" "$out/phone"

echo "--- on the host: is every copy the phone's, byte for byte?"
hashes() { find "$@" -type f -not -path '*/.offroll/*' -print0 | xargs -0 sha256sum | awk '{print $1}' | sort -u; }
hashes "$out/phone/DCIM" "$out/phone/Pictures" >"$out/roll"
hashes "$out/phone/Large" >"$out/large"
find "$top/dist/demo-android/files" -type f -print0 | xargs -0 sha256sum | awk '{print $1}' | sort -u >"$out/mine"
same() { # same NAME WANT FOLDER
  hashes "$3" >"$out/got"
  cmp -s "$2" "$out/got" || { echo "$1 differs: $(comm -3 "$2" "$out/got" | wc -l) files"; exit 1; }
  echo "$1: $(wc -l <"$out/got") files, all the phone's and all of them"
}
within() { # within NAME LEAST FOLDER: nothing that is not the phone's
  hashes "$3" >"$out/got"
  strangers=$(comm -23 "$out/got" "$out/mine" | wc -l)
  echo "$1: $(wc -l <"$out/got") files, $strangers of them not the phone's"
  [ "$strangers" -eq 0 ] && [ "$(wc -l <"$out/got")" -ge "$2" ]
}
same "offroll from QEMU's responder" "$out/roll" "$out/vm/qemu"
same "offroll from uMTP-Responder" "$out/roll" "$out/vm/umtp"
same "QEMU's, the cable pulled" "$out/large" "$out/vm/qemu-pulled"
within "offroll from ours" 24 "$out/vm/mock"
within "mtp-getfile from ours" 4 "$out/vm/libmtp"
within "gphoto2 from ours" 20 "$out/vm/gphoto2"
within "jmtpfs from ours" 20 "$out/vm/jmtpfs"
echo "7 passed, 0 failed"
