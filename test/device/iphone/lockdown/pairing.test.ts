import { stat } from "node:fs/promises";
import { join } from "node:path";
import { duplexPair } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConsentState, TrustState } from "../../../../src/device/device-route.ts";
import { LockdownClient } from "../../../../src/device/iphone/lockdown/lockdown-client.ts";
import {
  decodeLockdownLength,
  encodeLockdownFrame,
} from "../../../../src/device/iphone/lockdown/lockdown-connection.ts";
import { knownLockdownErrors, LockdownError } from "../../../../src/device/iphone/lockdown/lockdown-errors.ts";
import { trustInstruction, trustTransition } from "../../../../src/device/iphone/lockdown/trust.ts";
import { AppError, ProtocolError, remedies } from "../../../../src/shared/errors.ts";
import { TestClock } from "../../../fakes/test-clock.ts";
import { generated, listItems, readAll, startMock, truth } from "../../../helpers/mock.ts";

test("the transition function: every error of the dialog, from every state", () => {
  const after = (state: TrustState, lockdownError: string) =>
    trustTransition(state, { type: "pair-error", lockdownError });
  expect(after("no-record", "PasswordProtected")).toEqual({ state: "locked", action: "send-pair" });
  expect(after("locked", "PairingDialogResponsePending")).toEqual({ state: "waiting-for-trust", action: "send-pair" });
  expect(after("waiting-for-trust", "PasswordProtected")).toEqual({ state: "passcode", action: "send-pair" });
  expect(after("passcode", "PairingDialogResponsePending")).toEqual({ state: "passcode", action: "send-pair" });
  expect(after("waiting-for-trust", "UserDeniedPairing")).toEqual({ state: "denied", action: "stop" });
  expect(after("no-record", "MCProtected")).toEqual({ state: "prohibited", action: "stop" });
  for (const error of ["PairingProhibitedOverThisConnection", "SomethingNew", "InvalidPairRecord"])
    expect(after("no-record", error), "not told as a management profile").toEqual({ state: "refused", action: "stop" });
  expect(trustTransition("waiting-for-trust", { type: "connection-lost" }).action).toBe("send-pair");
  expect(trustTransition("waiting-for-trust", { type: "deadline" })).toEqual({ state: "timed-out", action: "stop" });
  expect(trustTransition("no-record", { type: "record-refused" }).state).toBe("pairing-lost");
  for (const state of ["locked", "waiting-for-trust", "passcode", "denied", "timed-out", "paired"] as const)
    expect(trustInstruction(state, "Ann's iPhone")).toContain("Ann's iPhone");
});

test("every error string that open clients know has a code with a remedy; unknown ones survive verbatim", () => {
  expect(knownLockdownErrors.length).toBeGreaterThanOrEqual(29);
  for (const name of knownLockdownErrors) expect(remedies[new LockdownError(name, "Pair").code]).toBeTruthy();
  expect(new LockdownError("SomethingNew", "Pair").message).toContain("SomethingNew");
  const overThisConnection = new LockdownError("PairingProhibitedOverThisConnection", "Pair");
  expect(overThisConnection.code, "the phone may well be at its cable").toBe("pairing-refused");
  expect(`${overThisConnection.message} ${overThisConnection.remedy}`).not.toMatch(/Wi-Fi|profile/);
});

test("waits at the dialog, re-sending the identical request, until Trust is tapped", async () => {
  await using mock = await startMock({}, { trust: { type: "pending", polls: 5 } });
  const clock = new TestClock();
  const hub = mock.hubWith({ clock });
  const states: ConsentState[] = [];
  const { info } = await hub.find(undefined);
  await hub.trust(info, { onState: (s) => states.push(s) });
  expect(states).toEqual(["no-record", "waiting-for-trust", "paired"]);
  expect(mock.phone.operationCounts.get("lockdown:Pair")).toBe(6);
  expect(mock.phone.pairings.size).toBe(1);
  expect(clock.slept.every((ms) => ms === 1000)).toBe(true);
  expect((await mock.hub.devices())[0]?.state).toBe("ready");
});

test("says to unlock first, then goes on", async () => {
  await using mock = await startMock({}, { trust: { type: "locked", polls: 3 } });
  const states: ConsentState[] = [];
  const hub = mock.hubWith({ clock: new TestClock() });
  await hub.trust((await hub.find(undefined)).info, { onState: (s) => states.push(s) });
  expect(states).toEqual(["no-record", "locked", "paired"]);
});

test("Don't Trust ends it at once", async () => {
  await using mock = await startMock({}, { trust: { type: "denied" } });
  await expect(mock.hub.trust((await mock.hub.find(undefined)).info)).rejects.toMatchObject({ code: "trust-denied" });
  expect(mock.daemon.records.size).toBe(0);
});

test("a dialog that nobody answers is waited for at least two minutes", async () => {
  await using mock = await startMock({}, { trust: { type: "pending", polls: Number.POSITIVE_INFINITY } });
  const clock = new TestClock();
  const hub = mock.hubWith({ clock });
  const start = clock.now();
  await expect(hub.trust((await hub.find(undefined)).info)).rejects.toMatchObject({ code: "trust-timeout" });
  expect(clock.now() - start).toBeGreaterThanOrEqual(120_000);
});

test("a working record is never replaced", async () => {
  await using mock = await startMock();
  const { info } = await mock.hub.find(undefined);
  await mock.hub.trust(info);
  const before = Buffer.from(mock.daemon.records.get(info.id)!);
  await mock.hub.trust(info);
  expect(Buffer.from(mock.daemon.records.get(info.id)!).equals(before)).toBe(true);
  expect(mock.phone.pairings.size).toBe(1);
  expect(mock.phone.operationCounts.get("lockdown:Pair")).toBe(1);
});

test("a phone that forgot us is paired anew, and says so", async () => {
  await using mock = await startMock();
  const { info } = await mock.hub.find(undefined);
  await mock.hub.trust(info);
  mock.phone.forgetPairings();
  expect((await mock.hub.devices())[0]?.state).toBe("pairing-lost");
  await expect(mock.hub.open(info)).rejects.toMatchObject({ code: "pairing-lost" });
  const states: ConsentState[] = [];
  await mock.hub.trust(info, { onState: (s) => states.push(s) });
  expect(states[0]).toBe("pairing-lost");
  expect((await mock.hub.devices())[0]?.state).toBe("ready");
});

test("a record made by another program while we wait is used instead of ours", async () => {
  await using other = await startMock();
  const { info } = await other.hub.find(undefined);
  await other.hub.trust(info);
  const record = other.daemon.records.get(info.id)!;
  const pairing = [...other.phone.pairings.values()][0]!;
  // The same phone, seen by a computer that has no record yet; usbmuxd pairs by itself while our Pair is pending.
  other.daemon.records.delete(info.id);
  other.phone.pairings.clear();
  other.phone.trust = { type: "pending", polls: Number.POSITIVE_INFINITY };
  const clock = new (class extends TestClock {
    override async sleep(ms: number, options?: { signal?: AbortSignal }): Promise<void> {
      await super.sleep(ms, options);
      if (this.slept.length !== 2) return;
      other.phone.pairings.set(pairing.hostId, pairing);
      other.daemon.records.set(info.id, record);
    }
  })();
  await other.hubWith({ clock }).trust(info);
  expect([...other.phone.pairings.keys()]).toEqual([pairing.hostId]);
});

test("programs that pair at one moment all reach the phone, each with the pairing it made", async () => {
  await using mock = await startMock(
    { files: [generated("/DCIM/100APPLE/IMG_0001.JPG", 100)] },
    { refuseRecords: true },
  );
  const paired = await Promise.all(
    ["a", "b", "c"].map(async (name) => {
      const hub = mock.hubWith({ recordFolder: join(mock.folder, name) });
      const { info } = await hub.find(undefined);
      await hub.trust(info);
      return { hub, info };
    }),
  );
  expect(mock.phone.pairings.size).toBe(3);
  for (const { hub, info } of paired) {
    await using source = await hub.open(info);
    expect(await listItems(source)).toHaveLength(1);
  }
});

test("a daemon that refuses records: our own copy, mode 0600, and it works", async () => {
  await using mock = await startMock({ files: [] }, { refuseRecords: true });
  await using source = await mock.open();
  expect(await listItems(source)).toEqual([]);
  const file = join(mock.folder, "records", "00008110-001A2B3C4D5E6F7A.plist");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(mock.folder, "records"))).mode & 0o777).toBe(0o700);
});

test("unpair makes both sides forget", async () => {
  await using mock = await startMock();
  const { info } = await mock.hub.find(undefined);
  await mock.hub.trust(info);
  await mock.hub.unpair(info);
  expect(mock.phone.pairings.size).toBe(0);
  expect(mock.daemon.records.size).toBe(0);
  await expect(mock.hub.unpair(info)).rejects.toMatchObject({ code: "device-not-trusted" });
});

test("TLS to a phone that shows another certificate is refused", async () => {
  await using mock = await startMock();
  const { info } = await mock.hub.find(undefined);
  await mock.hub.trust(info);
  const [pairing] = mock.phone.pairings.values();
  await using other = await startMock({ udid: "00008110-001A2B3C4D5E6F7B" });
  const otherInfo = (await other.hub.find(undefined)).info;
  await other.hub.trust(otherInfo);
  const [foreign] = other.phone.pairings.values();
  // The phone keeps our host id but answers with a certificate that we did not issue.
  mock.phone.pairings.set(pairing!.hostId, { ...pairing!, deviceCertificate: foreign!.deviceCertificate });
  Object.assign(mock.phone, { privateKey: other.phone.privateKey });
  await expect(mock.hub.open(info)).rejects.toMatchObject({ code: "pairing-lost" });
});

test("phones that start services without TLS are obeyed", async () => {
  await using mock = await startMock({ afc: { tls: false }, files: [] });
  await using source = await mock.open();
  expect(await listItems(source)).toEqual([]);
});

test.each(["TLSv1", "TLSv1.2", "TLSv1.3"] as const)("sessions and services over %s", async (tlsVersion) => {
  const productVersion = tlsVersion === "TLSv1" ? "9.3.5" : "17.5.1";
  await using mock = await startMock({
    productVersion,
    afc: { tlsVersion },
    files: [generated("/DCIM/100APPLE/a.JPG", 70_000)],
  });
  await using source = await mock.open();
  const [item] = await listItems(source);
  expect((await readAll(source.read(item!))).equals(await truth(mock.phone, item!.path))).toBe(true);
});

test("a phone that accepts the session but closes in or after the handshake has forgotten us", async () => {
  await using mock = await startMock();
  const { info } = await mock.hub.find(undefined);
  await mock.hub.trust(info);
  await using other = await startMock({ udid: "00008110-001A2B3C4D5E6F7B" });
  await other.hub.trust((await other.hub.find(undefined)).info);
  const [ours] = mock.phone.pairings.values();
  const [foreign] = other.phone.pairings.values();
  // It expects another host certificate than the one we show: with TLS 1.3 that is noticed after our side is done.
  const { hostCertificate, rootCertificate } = foreign!;
  mock.phone.pairings.set(ours!.hostId, { ...ours!, hostCertificate, rootCertificate });
  expect((await mock.hub.devices())[0]?.state).toBe("pairing-lost");
});

test("lockdown's length prefix: a known one, and nothing allocated for absurd ones", () => {
  expect(decodeLockdownLength(Buffer.from("00000115", "hex"))).toBe(277);
  for (const bad of ["00000000", "01000001", "ffffffff"])
    expect(() => decodeLockdownLength(Buffer.from(bad, "hex"))).toThrow(ProtocolError);
  const frame = encodeLockdownFrame({ Request: "QueryType" });
  expect(decodeLockdownLength(frame)).toBe(frame.length - 4);
});

test("random and truncated replies from lockdown are typed errors", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(250), async (bytes, length) => {
      const [a, b] = duplexPair();
      const lockdown = new LockdownClient(a);
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32BE(length);
      b.end(Buffer.concat([prefix, bytes]));
      await expect(lockdown.queryType()).rejects.toBeInstanceOf(AppError);
    }),
    { numRuns: 100 },
  );
});

test("a cable pulled in the TLS handshake is not taken for a refusal: the pairing stays", async () => {
  await using mock = await startMock();
  const { info } = await mock.hub.find(undefined);
  await mock.hub.trust(info);
  const before = Buffer.from(mock.daemon.records.get(info.id)!);
  let pulled = 0;
  const hub = mock.hubWith({
    trace({ message }) {
      // The moment the session begins, before its handshake is done.
      if ((message as { SessionID?: string }).SessionID === undefined || pulled > 0) return;
      pulled += 1;
      mock.daemon.unplug(mock.phone);
    },
  });
  await expect(hub.trust(info)).rejects.toMatchObject({ code: "device-disconnected" });
  expect(pulled).toBe(1);
  mock.daemon.plug(mock.phone);
  expect((await mock.hub.devices())[0]?.state).toBe("ready");
  expect(Buffer.from(mock.daemon.records.get(info.id)!).equals(before)).toBe(true);
  expect(mock.phone.operationCounts.get("lockdown:Pair")).toBe(1);
});
