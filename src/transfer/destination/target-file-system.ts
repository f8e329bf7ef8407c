/** File systems that photos may move to later: what they cannot hold is left out from the start. */

export const targetFileSystems = ["auto", "ext4", "apfs", "ntfs", "exfat", "fat32"] as const;
/** `auto` is the one that is there. */
export type TargetFileSystem = (typeof targetFileSystems)[number];

/**
 * FAT cannot hold 4 GiB; everything else holds any file there is. Names are legal on all of them anyway.
 * @param fileSystem a target, or a type as the system's mount table tells it
 */
export function largestFile(fileSystem: string): number {
  return ["vfat", "msdos", "fat32"].includes(fileSystem) ? 0xffff_ffff : Number.MAX_SAFE_INTEGER;
}
