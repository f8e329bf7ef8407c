/** usbmuxd, or Apple's service on Windows and macOS, as what leads to iPhones. */
import type { AbortOptions } from "../../../../shared/abort.ts";
import type { Clock } from "../../../../shared/clock.ts";
import type { Muxer, WatchEvent } from "../muxer.ts";
import { formatUsbmuxAddress } from "./usbmux-address.ts";
import { UsbmuxClient } from "./usbmux-client.ts";
import { watchUsbmux } from "./usbmux-watch.ts";

/** The `Muxer` that every system has by itself or by a package. */
export class UsbmuxDaemon extends UsbmuxClient implements Muxer {
  get where(): string {
    return formatUsbmuxAddress(this.address);
  }

  watch(options: AbortOptions & { readonly clock: Clock }): AsyncIterable<WatchEvent> {
    return watchUsbmux(this, options);
  }
}
