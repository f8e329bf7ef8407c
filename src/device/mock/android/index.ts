/**
 * A mock Android phone: an MTP responder on a USB cable (USB/IP), and a fake adb server, over a described phone. Written from the
 * protocol references, not from our clients. `offroll mock android` starts it; tests start it in their own process.
 */
export { AdbFakeServer } from "./adb-fake-server.ts";
export { MockAndroid } from "./mock-android.ts";
export { MtpResponder } from "./mtp-responder.ts";
