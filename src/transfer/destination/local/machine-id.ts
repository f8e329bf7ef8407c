/** Tells this computer from others of the same name, on disks and shares that several use. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";

/** Stays over restarts and a change of name; says nothing of what it was made from. Source: machine-id(5), which asks for the hash. */
export function machineId(): string {
  return createHash("sha256").update(`offroll\0${systemId()}`).digest("hex").slice(0, 32);
}

function systemId(): string {
  try {
    const id = readFileSync("/etc/machine-id", "utf8").trim();
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  } catch {
    // not Linux, or a container without one
  }
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((i) => !i.internal && i.mac !== "00:00:00:00:00:00")
    .map((i) => i.mac);
  return [hostname(), ...new Set(addresses)].sort().join("\0");
}
