/** A phone with a library, a backup of it, and a copy on what counts as another disk. */
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { LibraryDescription } from "../../fixtures/make/photos-library.ts";
import type { PhoneDescription } from "../../src/device/mock/described-phone.ts";
import type { CliResult } from "./cli.ts";
import { libraryPhone } from "./library-phone.ts";
import { type MockSetup, startMock } from "./mock.ts";
import { type Home, homeOf, type ProgramOptions } from "./program.ts";

/** Another file system than the one of the tests' folders: memory, of which nobody can tell on what disk it is. */
export function elsewhere(): string {
  const memory = "/dev/shm";
  return mkdtempSync(join(existsSync(memory) ? memory : "/var/tmp", "offroll-freeup-"));
}

/** Photos.sqlite is written to before the phone is plugged in again, or nobody would look at it anew. */
let writes = 0;

/** Plugs in a phone with this library. One udid is one phone, however often it is plugged in. */
export async function plugged(
  library: LibraryDescription,
  { iCloud = false, ...over }: Partial<PhoneDescription> & { readonly iCloud?: boolean } = {},
): Promise<MockSetup> {
  const { files, baseFolder } = libraryPhone(library, {
    ...{ iCloud, inWal: 0 },
    modified: new Date(Date.UTC(2024, 5, 1) + 1000 * ++writes).toISOString(),
  });
  return await startMock({ files, ...over }, { baseFolder });
}

/** The program with its home, on whatever phone is plugged in. */
export class FreeupBench {
  readonly home: Home = homeOf();
  readonly one: string = join(this.home.folder, "one");
  readonly two: string = join(elsewhere(), "two");

  async run(mock: MockSetup, args: readonly string[], options: ProgramOptions = {}): Promise<CliResult> {
    const env = { OFFROLL_USBMUX: mock.daemon.address, ...options.env };
    return await this.home.run(args, { ...options, env });
  }

  /** A whole backup, and a whole copy of it. @throws what went wrong, in words */
  async backedUp(mock: MockSetup, options: ProgramOptions = {}): Promise<void> {
    for (const args of [
      ["backup", this.one, "--yes", "--quiet"],
      ["copies", "add", "usb", this.two, "--quiet"],
      ["copies", "run", "usb", "--quiet"],
    ]) {
      const { code, stderr } = await this.run(mock, args, options);
      if (code !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
    }
  }
}
