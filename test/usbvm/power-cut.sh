#!/usr/bin/env bash
# The power goes while a backup writes: QEMU itself is killed. What the guest had not flushed to its disk is gone. On the host the
# disk's journal is replayed and every file under a final name must be whole; then the VM starts again and the backup finishes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
node=$(node -p 'process.execPath')
vm=${OFFROLL_USB_VM:-$here/usbvm}
work=$(mktemp -d)
disk=$work/disk.img
mkdir "$work/mnt"
trap 'umount "$work/mnt" 2>/dev/null || true; rm -rf "$work"' EXIT
find "$top/dist/demo-phone/files" -type f -print0 | xargs -0 sha256sum | awk '{print $1}' | sort -u >"$work/known"
truncate -s 256M "$disk"
mkfs.ext4 -q -F "$disk"

guest() {
  "$vm" --module virtio_blk --module crc32c_generic --module ext4 --qemu=-drive --qemu="file=$disk,if=virtio,format=raw" --timeout 300 -- \
    "$here/power-cut-guest.sh" "$node" "$top/dist/offroll.cjs"
}

# Makes sure of it: finished files get a second name among the partials, as a cut at the worst moment leaves it, with a checkpoint
# that says less was flushed.
plant() {
  local name partial
  (cd "$work/mnt/photos" && find . -path ./.offroll -prune -o -type f -print0 | head -z -n 20) | while IFS= read -r -d '' name; do
    partial=$work/mnt/photos/.offroll/partials/$(printf '%s' "$name" | sha256sum | cut -c1-64).0badcafe
    ln "$work/mnt/photos/$name" "$partial.part"
    echo '{"flushedBytes":4096,"crc32":0}' >"$partial.json"
  done
}

# Prints how many files are under final names; fails when one of them is not the phone's.
check() {
  e2fsck -p "$disk" >/dev/null || [ $? -lt 4 ]
  mount -o loop "$disk" "$work/mnt"
  local count=0 torn=0
  partials=0 twice=0
  if [ -d "$work/mnt/photos" ]; then
    (cd "$work/mnt/photos" && find . -path ./.offroll -prune -o -type f -print0 | xargs -0 -r sha256sum | awk '{print $1}' | sort) >"$work/got"
    count=$(wc -l <"$work/got")
    torn=$(comm -23 <(sort -u "$work/got") "$work/known" | wc -l)
    # A cut between a file's naming and the end of its partial leaves it two names.
    partials=$(find "$work/mnt/photos/.offroll/partials" -name '*.part' 2>/dev/null | wc -l)
    twice=$(find "$work/mnt/photos/.offroll/partials" -name '*.part' -links +1 2>/dev/null | wc -l)
    [ "${2:-}" != plant ] || plant
  fi
  umount "$work/mnt"
  echo "$1: $count files under final names, $torn of them not whole; $partials partials, $twice of them second names of finished files"
  [ "$torn" -eq 0 ]
  files=$count
}

for cut in ${OFFROLL_POWER_CUTS:-1 2}; do
  rm -f "$work/log"
  guest >"$work/log" 2>&1 &
  pid=$!
  for _ in $(seq 1400); do grep -q '"outcome":"copied"' "$work/log" 2>/dev/null && break; kill -0 $pid 2>/dev/null || break; sleep 0.2; done
  sleep $((cut * 2))
  pkill -9 -f "qemu-system.*file=$disk" || true
  wait $pid || true
  check "after power cut $cut" plant
done
guest | tail -1 | cut -c1-300
check "after the backup finished"
# Every file that is not only in iCloud, deleted, shared or no photo; recipes of edits are among them.
[ "$files" -eq 208 ]
[ "$partials" -eq 0 ]
echo "1 passed, 0 failed"
