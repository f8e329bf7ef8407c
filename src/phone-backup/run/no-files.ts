/** For operations in which a phone has no business with files. */
import { type HostFiles, HostRefusal, linkStatus } from "../../device/iphone/mobilebackup2/index.ts";

const refuse = async (): Promise<never> => {
  throw new HostRefusal(linkStatus.failed, "a change of the password needs no files");
};

/** Refuses whatever is asked. */
export const noFiles: HostFiles = {
  create: refuse,
  settled: async () => {},
  // biome-ignore lint/correctness/useYield: it has nothing to give
  async *read() {
    await refuse();
  },
  list: refuse,
  makeFolder: refuse,
  move: refuse,
  remove: refuse,
  copy: refuse,
  freeBytes: refuse,
};
