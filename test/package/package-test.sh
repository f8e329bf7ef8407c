#!/usr/bin/env bash
# The published package as a stranger gets it: packed, installed into a clean folder, and its demo run there.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$top/node_modules/.bin:$PATH" # npm itself may run on an older Node; the program needs 24
cd "$top"
tarball=$(npm pack --silent --pack-destination "$work" | tail -1)
demo=$(find dist/demo-phone -type f -print0 | xargs -0 stat -c %s | awk '{ sum += $1 } END { print sum }')
echo "tarball $(stat -c %s "$work/$tarball") bytes, demo phone $demo bytes"
[ "$demo" -le 3000000 ]
mkdir "$work/clean"
cd "$work/clean"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund "$work/$tarball"
export HOME="$work/home"
mkdir "$HOME"
npx offroll --version
npx offroll demo
npx offroll demo | tee "$work/second" 2>&1
[ "$(find demo-photos -path demo-photos/.offroll -prune -o -type f -print | wc -l)" -eq 194 ]
# Without the optional native packages everything but their extras works.
rm -rf node_modules/usb node_modules/sharp node_modules/@img
npx offroll demo --to without-native --quiet
[ "$(find without-native -path without-native/.offroll -prune -o -type f -print | wc -l)" -eq 194 ]
# An old Node gets one line and exit code 1.
if old=$(command -v /usr/bin/node || command -v /usr/local/bin/node) && [ "$("$old" -p 'parseInt(process.versions.node)')" -lt 24 ]; then
  code=0; "$old" node_modules/offroll/dist/offroll.cjs --help 2>"$work/old" || code=$?
  [ "$code" -eq 1 ] && [ "$(wc -l <"$work/old")" -eq 1 ] && cat "$work/old"
fi
echo "1 passed, 0 failed"
