/** A disk that says nothing and writes something else: one bit of each file that `damages` names. */
import type { DiskFile, DiskPort } from "../../src/transfer/destination/local/disk-port.ts";
import { nodeDisk } from "../../src/transfer/destination/local/node-disk.ts";

/** @param damages asked when a file is opened for writing, with its number among those so far, from 0 */
export function damagingDisk(damages: (path: string, number: number) => boolean): DiskPort {
  let opened = 0;
  return {
    ...nodeDisk,
    async open(path, mode, options) {
      const file = await nodeDisk.open(path, mode, options);
      if (mode !== "create" || !path.endsWith(".part")) return file;
      opened += 1;
      return damages(path, opened - 1) ? damaging(file) : file;
    },
  };
}

function damaging(file: DiskFile): DiskFile {
  return {
    async writev(buffers, position) {
      if (position !== 0) return await file.writev(buffers, position);
      const bytes = Buffer.from(Buffer.concat(buffers));
      bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
      await file.writev([bytes], 0);
    },
    read: (buffer, position) => file.read(buffer, position),
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    stat: () => file.stat(),
    setModified: (modified) => file.setModified(modified),
    share: () => file.share(),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
