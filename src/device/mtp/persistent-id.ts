/**
 * What an object is called that is listed and refused, and so has no name: by the id that MTP promises to be an object's own for
 * ever (PersistentUniqueObjectIdentifier, 0xDC41, 128 bits). A device that breaks that promise is not believed: an id
 * that is made of the session's handle, or that other objects have too, would let one object be taken for another.
 */
import type { AbortOptions } from "../../shared/abort.ts";
import { ProtocolError } from "../../shared/errors.ts";
import type { MtpClient } from "./mtp-client.ts";
import { isRefusal } from "./mtp-errors.ts";

export class PersistentIds {
  /** By id: the object that has it in this session. */
  readonly #owners = new Map<string, number>();

  /** @param siblings handles beside it, one of which is asked too: a device may have one id for all */
  async of(
    client: MtpClient,
    handle: number,
    siblings: readonly number[],
    options: AbortOptions,
  ): Promise<string | undefined> {
    const other = siblings.find((sibling) => sibling !== handle);
    if (other === undefined) return undefined;
    const id = await ask(client, handle, options);
    if (id === undefined || isOfSession(id, handle) || (await ask(client, other, options))?.equals(id))
      return undefined;
    const text = id.toString("hex");
    const owner = this.#owners.get(text) ?? handle;
    this.#owners.set(text, owner);
    return owner === handle ? text : undefined;
  }
}

async function ask(client: MtpClient, handle: number, options: AbortOptions): Promise<Buffer | undefined> {
  try {
    return await client.persistentId(handle, options);
  } catch (error) {
    if (isRefusal(error) || (error instanceof ProtocolError && !client.isDead)) return undefined;
    throw error;
  }
}

function isOfSession(id: Buffer, handle: number): boolean {
  if (id.every((byte) => byte === 0) || id.every((byte) => byte === 0xff)) return true;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(handle);
  return [0, 4, 8, 12].some((at) => id.subarray(at, at + 4).equals(bytes));
}
