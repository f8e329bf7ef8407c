#!/usr/bin/env bash
# npm run test:autosave: a day of backing up by itself beside a real `systemd --user`. As root.
set -euo pipefail
cd "$(dirname "$0")"
for peer in unshare dbus-daemon systemctl notify-send; do
  command -v $peer >/dev/null || { echo "missing: $peer (apt-get install systemd dbus libnotify-bin python3-dbus python3-gi)"; exit 1; }
done
/usr/bin/python3 -c 'import dbus, gi' || { echo "missing: python3-dbus python3-gi"; exit 1; }
[ "$(id -u)" = 0 ] || { echo "needs root, for a mount namespace"; exit 1; }
home=$(mktemp -d /tmp/offroll-service-XXXXXX)
trap 'rm -rf "$home" "$home.work" "$home.manager.log"' EXIT
./user-manager.sh "$home" "$(command -v node)" service-harness.ts
