/** The seam to whatever tells the watcher something: a daemon, a bus, a folder. Read first: `Source`. */

/** What a source tells. Only an iPhone is known by what its daemon tells; of everything else somebody has to look. */
export type Hint =
  | { readonly type: "iphone-attached"; readonly udid: string; readonly by: "cable" | "network"; readonly key: number }
  | { readonly type: "iphone-detached"; readonly key: number }
  /** It trusts this computer now, or its daemon is another. */
  | { readonly type: "iphone-paired"; readonly key: number }
  | { readonly type: "iphones-gone" }
  /** Something came to a bus, or left it. */
  | { readonly type: "phones-changed" }
  /** A disk was mounted or unmounted, or a place that was in use may be free. */
  | { readonly type: "places-changed" }
  /** The settings, or what somebody asks of the watcher. */
  | { readonly type: "settings-changed" }
  | { readonly type: "asked" };

export type Tell = (hint: Hint) => void;

/**
 * Tells until aborted; it then returns. One that the system does not have returns at once. What it throws ends the source alone: the
 * rest, and the daily net, go on.
 */
export interface Source {
  readonly name: string;
  follow(tell: Tell, signal: AbortSignal): Promise<void>;
}
