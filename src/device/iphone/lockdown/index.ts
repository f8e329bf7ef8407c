/**
 * lockdownd: who the phone is, whether it trusts us, and which services it starts. Format and framing in
 * lockdown-connection.ts, requests in lockdown-client.ts, trust as a pure function in trust.ts with its driver pairing.ts.
 * Promise: a pair record that works is never replaced.
 */

export { connectTls, type TlsGeneration, tlsGenerationFor } from "./device-tls.ts";
export { answerHeartbeat, heartbeatService } from "./heartbeat.ts";
export { LockdownClient, type ServiceDescriptor } from "./lockdown-client.ts";
export { lockdownPort } from "./lockdown-connection.ts";
export { LockdownError } from "./lockdown-errors.ts";
export type { PairRecord } from "./pair-record.ts";
export { establishTrust } from "./pairing.ts";
export { PairRecordStore, type StoredRecord } from "./record-store.ts";
export { trustInstruction } from "./trust.ts";
