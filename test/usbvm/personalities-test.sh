#!/usr/bin/env bash
# Real USB in a VM: our responder with the five commonest personalities, each attached by the kernel and read through libusb, its
# cable pulled in mid-copy. All copies are compared on the host.
# OFFROLL_PERSONALITIES: how many of the five (all; two in CI); OFFROLL_SEED: which (random, printed).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
node=$(node -p 'process.execPath')
vm=${OFFROLL_USB_VM:-$here/usbvm}
count=${OFFROLL_PERSONALITIES:-$([ "${CI:-false}" = true ] && echo 2 || echo 5)}
seed=${OFFROLL_SEED:-$RANDOM}
out=$(mktemp -d)
mocks=()
cleanup() {
  for pid in "${mocks[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$out"
}
trap cleanup EXIT

mkdir -p "$out/files" "$out/vm" "$out/phones"
for n in $(seq 12); do head -c $((100000 + n * 7777)) /dev/urandom >"$out/files/$(printf 'IMG_%04d.JPG' "$n")"; done
head -c 40000000 /dev/urandom >"$out/files/MVI_0013.MP4"
head -c 500 /dev/urandom >"$out/files/IMG_0014.JPG" # with its header one full packet

echo "seed $seed, $count of 5 personalities"
"$node" "$here/personalities.ts" "$out/files" "$out/phones" "$count" "$seed" >"$out/chosen"
attach=() ports=()
while read -r name serial; do
  (sleep 3600 | "$node" "$top/dist/offroll.cjs" mock android --phone "$out/phones/$name.json" --adb-state none --json) >"$out/$name.ready" &
  mocks+=($!)
  for _ in $(seq 600); do [ -s "$out/$name.ready" ] && break; sleep 0.1; done
  usbip=$("$node" -p "JSON.parse(require('fs').readFileSync('$out/$name.ready','utf8')).usbip")
  attach+=(--usbip "localhost:${usbip#*:}")
  ports+=("$name:$serial:${usbip#*:}")
done <"$out/chosen"

"$vm" "${attach[@]}" --timeout 1800 --mem 2G --out "$out/vm" \
  -- "$here/personalities-guest.sh" "$node" "$top/dist/offroll.cjs" "$here/guest/usbip-attach" "${ports[@]}"

echo "--- on the host: is every copy the device's, byte for byte?"
hashes() { find "$@" -type f -not -path '*/.offroll/*' -print0 | xargs -0 sha256sum | awk '{print $1}' | sort; }
hashes "$out/files" >"$out/want"
while read -r name _; do
  hashes "$out/vm/$name" >"$out/got"
  cmp -s "$out/want" "$out/got" || { echo "$name differs: $(comm -3 "$out/want" "$out/got" | wc -l) files"; exit 1; }
  echo "$name: $(wc -l <"$out/got") files, all the device's and each once"
done <"$out/chosen"
echo "$count passed, 0 failed (seed $seed)"
