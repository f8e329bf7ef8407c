#!/bin/bash
# In the VM, on QEMU's MTP device: how long offroll and the peers take to list and to copy. Arguments: the Node binary, the built
# program, `big` or `many`, the folder that the device holds. Every copy is compared with it.
node=$1 offroll=$2 what=$3 dir=$4
export HOME=/tmp/home
mkdir -p "$HOME" /run/bench
mount -t tmpfs -o size=90% bench /run/bench
cd /run/bench
limit=${LIMIT:-120}
bytes=$(du -sb --apparent-size "$dir" | cut -f1)
n=$(find "$dir" -type f | wc -l)
line() { printf '%-44s %s\n' "$1" "$2"; }
run() { # run NAME BYTES-OR-0 COMMAND
  local name=$1 size=$2 s e rc t
  shift 2
  s=$(date +%s.%N)
  timeout -k 5 "$limit" bash -c "$*" >log 2>&1
  rc=$?
  e=$(date +%s.%N)
  t=$(echo "$e - $s" | bc)
  if [ $rc = 124 ] || [ $rc = 137 ]; then line "$name" "over $limit s"
  elif [ $rc != 0 ]; then line "$name" "exit $rc: $(tail -n1 log | cut -c1-60)"
  else line "$name" "$(printf '%.1f s' "$t")$([ "$size" = 0 ] || echo ", $(echo "scale=1; $size / $t / 1000000" | bc) MB/s")"
  fi
}
same() {
  find "$dir" -type f -exec sha256sum {} + | awk '{print $1}' | sort -u >want
  find "$1" -type f -not -path '*/.offroll/*' -exec sha256sum {} + | awk '{print $1}' | sort -u >got
  if cmp -s want got; then line '' 'copy: same'; else line '' "copy: $(comm -12 want got | wc -l) of $(wc -l <want) files"; fi
}
echo "== $what: $n files, $bytes bytes"
run 'node -e 0' 0 "$node -e 0"
run 'offroll devices' 0 "$node $offroll devices --via mtp"
run 'list: offroll ls --json (heads read)' 0 "$node $offroll ls --json --via mtp"
line '' "$(grep -o '"path"' log | wc -l) files"
run 'list: mtp-files' 0 mtp-files
line '' "$(grep -c 'File ID' log) files"
run 'list: gphoto2 -L' 0 gphoto2 -L
line '' "$(grep -c '^#' log) files"
run 'copy: offroll export --verify size' "$bytes" "$node $offroll export --to /run/bench/size --yes --verify size --via mtp --debug /run/bench/trace"
line '' "$(grep -c '"direction":"sent"' trace) transactions"
same size
rm -rf size
run 'copy: offroll export (SHA-256)' "$bytes" "$node $offroll export --to /run/bench/hash --yes --via mtp"
same hash
rm -rf hash
mkdir -p out
run 'copy: gphoto2 --force-overwrite -P' "$bytes" "cd out && gphoto2 --force-overwrite -P"
same out
rm -rf out
if [ "$what" = big ]; then
  mtp-files >ids 2>/dev/null
  id=$(sed -n 's/^File ID: //p' ids | head -n1)
  run 'copy: mtp-getfile' "$bytes" "mtp-getfile $id out.bin"
  mkdir one && mv out.bin one/ && same one
  rm -rf one
fi
mkdir -p mnt out
run 'mount: jmtpfs' 0 jmtpfs mnt
run 'copy: jmtpfs, cp -r' "$bytes" "cp -r mnt/*/. out"
same out
fusermount -u mnt || umount -l mnt
