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

# The bytes of a backup, whatever it says of itself: names and sums of its files.
files_of() { (cd "$1"/* && find ?? -type f -print0 | sort -z | xargs -0 sha256sum); }

echo "--- offroll phone backup: the whole phone, then what has changed, and verify"
"$node" "$offroll" phone backup /tmp/ours
"$node" "$offroll" phone backup /tmp/ours
"$node" "$offroll" phone verify /tmp/ours
files_of /tmp/ours >/tmp/ours.sums
echo "--- Debian's idevicebackup2 beside it: $(wc -l </tmp/ours.sums) files, the same?"
mkdir /tmp/theirs
idevicebackup2 backup /tmp/theirs >/tmp/theirs.log 2>&1 || { tail -5 /tmp/theirs.log; exit 1; }
files_of /tmp/theirs | cmp - /tmp/ours.sums
echo "--- offroll phone restore; a new backup of the phone has the same files"
name=$("$node" "$offroll" phone list /tmp/ours --json | "$node" -p 'JSON.parse(require("fs").readFileSync(0)).backups[0].name')
"$node" "$offroll" phone restore /tmp/ours --confirm "$name" --no-reboot
"$node" "$offroll" phone backup /tmp/again --full --quiet
files_of /tmp/again | cmp - /tmp/ours.sums
echo "the whole phone: the same $(wc -l </tmp/ours.sums) files by both programs, and after a restore"
