/** Which phones are attached, from two sides: iPhones as their daemon tells each connection, and all phones as somebody looked. */
import * as v from "valibot";

export type By = "cable" | "network";

/** A phone as `offroll devices --json` shows it. */
export interface LookedAtPhone {
  readonly id: string;
  readonly name: string;
  /** `DeviceState`, of the same version. */
  readonly state: string;
}

const LookSchema = v.object({
  devices: v.array(v.object({ id: v.string(), name: v.string(), state: v.string() })),
});

/** @returns none where nothing leads to a phone; undefined for what is no such list */
export function parseLook(text: string): readonly LookedAtPhone[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const result = v.safeParse(LookSchema, value);
    if (result.success) return result.output.devices;
    return v.is(v.object({ error: v.object({ code: v.string() }) }), value) ? [] : undefined;
  } catch {
    return undefined;
  }
}

/** What a look says of a phone's owner; undefined for what is found out by trying. */
export function standingOf(state: string): { readonly isTrusted?: boolean; readonly isLocked?: boolean } | undefined {
  switch (state) {
    case "ready":
      return { isTrusted: true, isLocked: false };
    case "needs-trust":
    case "pairing-lost":
    case "allow-debugging":
      return { isTrusted: false };
    case "choose-file-transfer":
    case "no-card":
      return { isLocked: true };
    default:
      // A phone that is locked may be read all the same, if it was unlocked since it started.
      return undefined;
  }
}

/** The attached phones, as values change. */
export class Attached {
  readonly #connections = new Map<number, { readonly udid: string; readonly by: By }>();
  #looked = new Map<string, By>();
  readonly names = new Map<string, string>();

  /** @returns the phone that it is about */
  connected(key: number, udid: string, by: By): string {
    this.#connections.set(key, { udid, by });
    return udid;
  }

  /** @returns the phones that it is about */
  disconnected(key?: number): string[] {
    const keys = key === undefined ? [...this.#connections.keys()] : [key];
    return keys.flatMap((k) => {
      const udid = this.udidOf(k);
      this.#connections.delete(k);
      // What was seen before is no word for what is gone since.
      if (udid !== undefined) this.#looked.delete(udid);
      return udid ?? [];
    });
  }

  udidOf(key: number): string | undefined {
    return this.#connections.get(key)?.udid;
  }

  /** @returns every phone that was or is seen */
  looked(phones: readonly LookedAtPhone[]): ReadonlySet<string> {
    const before = [...this.#looked.keys()];
    this.#looked = new Map(phones.map(({ id, state }) => [id, state === "network-only" ? "network" : "cable"]));
    for (const { id, name } of phones) this.names.set(id, name);
    return new Set([...before, ...this.#looked.keys()]);
  }

  /** Whether its daemon tells when it goes. */
  isConnected(phone: string): boolean {
    return [...this.#connections.values()].some(({ udid }) => udid === phone);
  }

  /** By cable wherever there is one; undefined for a phone that is away. */
  by(phone: string): By | undefined {
    const ways = [...this.#connections.values()].filter(({ udid }) => udid === phone).map(({ by }) => by);
    // Its daemon knows best.
    if (ways.length > 0) return ways.includes("cable") ? "cable" : "network";
    return this.#looked.get(phone);
  }
}
