#!/usr/bin/env bash
# Debian's own usbmuxd in front of our client: in a VM with real USB the mock iPhone appears on the bus, bridged to its TCP ports,
# and `offroll devices`, `pair`, `export`, `phone backup` and `phone restore` run through the real daemon, beside idevicebackup2. The ten
# exported photos are compared on the host.
#
# OFFROLL_USB_VM names another harness of the same shape (PROGRAM --usbip HOST:PORT --out DIR -- COMMAND); ours otherwise.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
node=$(node -p 'process.execPath')
vm=${OFFROLL_USB_VM:-$here/usbvm}
# Below what systems give to whoever asks for any port.
base=25200
usbip=25100
out=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$out"
}
trap cleanup EXIT

"$node" "$top/dist/offroll.cjs" mock iphone --json --trust pending:2 --tcp-ports $base </dev/null >"$out/mock.json" &
pids+=($!)
for _ in $(seq 600); do [ -s "$out/mock.json" ] && break; sleep 0.1; done
[ -s "$out/mock.json" ] || { echo "the mock did not start" >&2; exit 1; }

ports=(--port 62078=localhost:$base)
for i in $(seq 0 31); do ports+=(--port $((49153 + i))=localhost:$((base + 1 + i))); done
python3 "$here/iphone-usb" --usbip $usbip --serial 00008120000D3E0F11F0DE40 "${ports[@]}" &
pids+=($!)
sleep 1

mkdir "$out/vm"
modules=()
for module in loop vfat exfat nls_cp437 nls_ascii nls_iso8859-1 nls_utf8; do modules+=(--module $module); done
"$vm" --usbip localhost:$usbip "${modules[@]}" --out "$out/vm" -- "$here/iphone-guest.sh" "$node" "$top/dist/offroll.cjs"

echo "--- on the host: are the exported files the described phone's, byte for byte?"
cd "$out/vm/photos"
find . -path ./.offroll -prune -o -type f -print0 | xargs -0 sha256sum | awk '{print $1}' | sort >"$out/got"
find "$top/dist/demo-phone/files" -type f -print0 | xargs -0 sha256sum | awk '{print $1}' | sort -u >"$out/known"
count=$(wc -l <"$out/got")
strangers=$(comm -23 <(sort -u "$out/got") "$out/known" | wc -l)
echo "$count files exported, $strangers of them not the phone's"
[ "$count" -eq 10 ] && [ "$strangers" -eq 0 ]
echo "1 passed, 0 failed"
