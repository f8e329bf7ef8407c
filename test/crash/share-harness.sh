#!/bin/bash
# Two computers on one share without locks: hosts, machines, boots, processes and mounts of their own, each with its own sshfs. Both start
# at one moment, again and again; then one falls asleep in mid-run, its lock is broken, and it wakes up. No file may be torn or double.
#
#   npm run test:share -- [rounds, 4 by default]        as root, with sshfs and openssh-server
set -u
rounds=${1:-4}
node=$(command -v node)
offroll="$node $(cd "$(dirname "$0")/../.." && pwd)/dist/offroll.cjs"
work=$(mktemp -d /tmp/offroll-share-XXXXXX)
export work OFFROLL_VIA=usbmux
failed=0
violation() { echo "VIOLATION: $*"; failed=$((failed + 1)); }

mkdir "$work/server" "$work/mnt"
mkdir -p /run/sshd
[ -e /etc/machine-id ] || : > /etc/machine-id
ssh-keygen -q -t ed25519 -N '' -f "$work/hostkey"
ssh-keygen -q -t ed25519 -N '' -f "$work/user"
port=$((20000 + RANDOM % 20000))
/usr/sbin/sshd -f /dev/null -p $port -h "$work/hostkey" -o ListenAddress=127.0.0.1 -o AuthorizedKeysFile="$work/user.pub" -o StrictModes=no \
  -o UsePAM=no -o PermitRootLogin=yes -o PidFile="$work/sshd.pid" -o "Subsystem=sftp internal-sftp" || exit 1
export port
$offroll mock iphone --socket "$work/fast" --rate 20 --until-closed < <(sleep 3600 & echo $! > "$work/sleep.pid"; wait) > /dev/null 2>&1 &
fast=$!
$offroll mock iphone --socket "$work/slow" --rate 0.1 --latency 5 < /dev/null > /dev/null 2>&1 &
slow=$!
trap 'kill $fast $slow $(cat "$work/sshd.pid" "$work/sleep.pid") 2> /dev/null; rm -rf "$work"' EXIT
sleep 3

# computer NAME COMMAND…
computer() {
  export name=$1; shift
  [ -f "$work/$name.machine" ] || { head -c16 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$work/$name.machine"; cat /proc/sys/kernel/random/uuid > "$work/$name.boot"; }
  unshare --mount --uts --pid --fork --kill-child=KILL --mount-proc bash -c '
    hostname $name
    mount --bind $work/$name.machine /etc/machine-id
    mount --bind $work/$name.boot /proc/sys/kernel/random/boot_id
    sshfs -p $port -o IdentityFile=$work/user,StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null,LogLevel=ERROR root@127.0.0.1:$work/server $work/mnt || exit 9
    export HOME=$work/home-$name; mkdir -p $HOME
    "$@"; code=$?
    fusermount -u $work/mnt; exit $code' bash "$@"
}

check() {
  local files double
  files=$(find "$work/server/Photos" -type f -not -path '*/.offroll/*' | wc -l)
  double=$(find "$work/server/Photos" -type f -not -path '*/.offroll/*' -exec sha256sum {} + | cut -c1-64 | sort | uniq -d | wc -l)
  [ "$files" = 208 ] || violation "$1: $files files instead of 208"
  [ "$double" = 0 ] || violation "$1: $double files twice"
  [ -z "$(ls "$work/server/Photos/.offroll/partials")" ] || violation "$1: partials are left"
  computer beta $offroll verify "$work/mnt/Photos" > "$work/verify" 2>&1 || violation "$1: $(tail -1 "$work/verify")"
}
fresh() { rm -rf "$work"/server/* "$work"/home-*; }

export USBMUXD_SOCKET_ADDRESS=UNIX:$work/fast
for round in $(seq "$rounds"); do
  fresh
  (sleep 0.$((RANDOM % 4)); computer alpha $offroll backup "$work/mnt/Photos" --yes > "$work/alpha" 2>&1; echo $? > "$work/alpha.code") & a=$!
  (sleep 0.$((RANDOM % 4)); computer beta $offroll backup "$work/mnt/Photos" --yes > "$work/beta" 2>&1; echo $? > "$work/beta.code") & b=$!
  wait $a $b
  codes="$(sort "$work/alpha.code" "$work/beta.code" | tr '\n' ' ')"
  [[ "$codes" == "0 1 " || "$codes" == "0 0 " ]] || violation "round $round ended with $codes: $(tail -3 "$work/alpha" "$work/beta")"
  check "round $round"
done

export USBMUXD_SOCKET_ADDRESS=UNIX:$work/slow
fresh
(computer alpha $offroll backup "$work/mnt/Photos" --yes > "$work/alpha" 2>&1; echo $? > "$work/alpha.code") & a=$!
until [ -n "$(find "$work/server/Photos" -name '*.HEIC' 2> /dev/null)" ]; do sleep 0.2; done
asleep=$(for pid in $(pgrep -f "offroll.cjs backup $work/mnt/Photos"); do [ "$(readlink /proc/$pid/exe)" = "$(readlink -f "$node")" ] && echo "$pid"; done)
kill -STOP $asleep
touch -d '3 hours ago' "$work/server/Photos/.offroll/lock"
export USBMUXD_SOCKET_ADDRESS=UNIX:$work/fast
computer beta $offroll backup "$work/mnt/Photos" --yes > "$work/beta" 2>&1 && violation "a silent lock was broken by nobody's wish"
grep -q "lock-stale" "$work/beta" || violation "a silent lock is told as: $(tail -3 "$work/beta")"
(computer beta $offroll backup "$work/mnt/Photos" --yes --break-lock > "$work/beta" 2>&1; echo $? > "$work/beta.code") & b=$!
sleep 2
kill -CONT $asleep
wait $a $b
[ "$(cat "$work/beta.code")" = 0 ] || violation "who broke the lock ended with $(cat "$work/beta.code"): $(tail -3 "$work/beta")"
[ "$(cat "$work/alpha.code")" = 1 ] && grep -q "The lock was broken" "$work/alpha" || violation "who lost its lock: $(tail -3 "$work/alpha")"
check "a lock broken"
echo "$rounds rounds of two computers at once, one lock broken: $failed violations"
exit $((failed > 0))
