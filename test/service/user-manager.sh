#!/usr/bin/env bash
# Runs a command beside a `systemd --user` of its own: a mount and a network namespace, in which nothing of this computer's session is
# seen and no route leads anywhere. As root; needs systemd, dbus and libnotify. usage: user-manager.sh HOME COMMAND…
set -euo pipefail
home=$1
shift
if [ "${OFFROLL_IN_NAMESPACE:-}" != 1 ]; then
  exec env OFFROLL_IN_NAMESPACE=1 unshare --mount --net "$0" "$home" "$@"
fi
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/user/0
chmod 700 /run/user/0
export HOME=$home XDG_RUNTIME_DIR=/run/user/0 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/0/bus
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME
# A cgroup that it may divide: of version 1 or 2, as this computer has it.
for group in /sys/fs/cgroup/systemd /sys/fs/cgroup; do
  if mkdir -p "$group/offroll-test-$$" 2>/dev/null && echo $$ >"$group/offroll-test-$$/cgroup.procs" 2>/dev/null; then break; fi
done
# A bus that starts no service by itself: a notification server is there when the test starts one.
cat >/run/bus.conf <<'BUS'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
BUS
dbus-daemon --config-file=/run/bus.conf --address="$DBUS_SESSION_BUS_ADDRESS" --nofork --nopidfile 2>/dev/null &
bus=$!
/lib/systemd/systemd --user --log-target=console 2>"$home.manager.log" &
manager=$!
trap 'kill $manager $bus 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  [ "$(systemctl --user is-system-running 2>/dev/null)" = running ] && break
  sleep 0.1
done
systemctl --user is-system-running >/dev/null
"$@"
