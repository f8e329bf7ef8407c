/** Previews of photos that were only in iCloud, which give way to the original once it comes. */
import type { ExtrasSummary } from "../events.ts";
import type { Workplace } from "./maker.ts";
import type { StoredFiles } from "./stored-files.ts";

export class Previews {
  readonly #at: Workplace;
  /** By the UUID of the original that they stand for. */
  readonly #known = new Map<string, { readonly target: string; readonly sha256: string | undefined }>();

  constructor(at: Workplace) {
    this.#at = at;
    for (const row of at.catalog.items.rows({ device: at.device, state: "done", role: "derivative" }))
      if (row.uuid !== undefined) this.#known.set(row.uuid, row);
  }

  get any(): boolean {
    return this.#known.size > 0;
  }

  /** Takes away those whose original is there, unless another program changed them. */
  async replace(files: StoredFiles): Promise<ExtrasSummary> {
    if (!this.any) return {};
    const { destination, catalog, device } = this.#at;
    let replaced = 0;
    for (const [photo, stored] of files) {
      const preview = this.#known.get(photo.library?.uuid ?? "");
      if (!preview?.sha256 || !stored.some((file) => file.role === "original")) continue;
      if (await destination.remove(preview.target, preview.sha256)) replaced += 1;
      catalog.items.forgetTarget(device, preview.target);
    }
    return replaced > 0 ? { previewsReplaced: replaced } : {};
  }
}
