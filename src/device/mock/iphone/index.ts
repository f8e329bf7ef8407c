/**
 * A mock iPhone at the cable: usbmuxd, lockdown, pairing, TLS and AFC in real bytes, over a described phone. Written from the
 * protocol reference, not from our client; it shares the wire codecs and declared structs with it and nothing else.
 * `offroll mock iphone` and the demo start it; tests start it in their own process. Read first: described-phone.ts.
 */
export type { LinkModel } from "../link-model.ts";
export { MockPhone, type MockPhoneOptions, type TrustScript } from "./mock-phone.ts";
export { servePhonePorts } from "./tcp-ports.ts";
export { type MockAddress, MockUsbmuxd } from "./usbmuxd-server.ts";
