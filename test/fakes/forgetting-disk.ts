/**
 * A disk in memory that keeps only what was flushed: after a power cut every byte and every name that was not yet fsynced is
 * gone. Stricter than any real file system: flushing a file does not make its name durable, and a folder's name needs its parent.
 */
import type { DiskFile, DiskName, DiskPort, DiskStat } from "../../src/transfer/destination/local/disk-port.ts";

interface FileNode {
  readonly type: "file";
  readonly id: string;
  data: Buffer;
  durable: Buffer;
  modifiedMs: number;
}
interface FolderNode {
  readonly type: "folder";
  readonly id: string;
  entries: Map<string, Node>;
  durable: Map<string, Node>;
}
type Node = FileNode | FolderNode;

let made = 0;
const nextId = (): string => `${made++}`;
const folder = (): FolderNode => ({ type: "folder", id: nextId(), entries: new Map(), durable: new Map() });

export class PowerCut extends Error {
  readonly code = "EIO";
}

export class ForgettingDisk implements DiskPort {
  #root = folder();
  /** Operations that change something, or hand over bytes, done so far: a cut at a mere look is one at the next of these. */
  operations = 0;
  /** The power goes at this operation; none by default. */
  cutAt = Number.POSITIVE_INFINITY;

  /** What was not flushed is forgotten, and the power is back. */
  restart(): void {
    const forget = (node: Node): void => {
      if (node.type === "file") node.data = Buffer.from(node.durable);
      else {
        node.entries = new Map(node.durable);
        for (const child of node.entries.values()) forget(child);
      }
    };
    forget(this.#root);
    this.operations = 0;
    this.cutAt = Number.POSITIVE_INFINITY;
  }

  /** Another disk with the same content and the same names of it, all of it flushed. */
  copy(): ForgettingDisk {
    const copies = new Map<Node, Node>();
    const copyOf = (node: Node): Node => {
      const known = copies.get(node);
      if (known) return known;
      if (node.type === "file") {
        const file = { ...node, data: Buffer.from(node.data), durable: Buffer.from(node.data) };
        copies.set(node, file);
        return file;
      }
      const entries = new Map([...node.entries].map(([name, child]) => [name, copyOf(child)]));
      return { ...node, entries, durable: new Map(entries) };
    };
    const disk = new ForgettingDisk();
    disk.#root = copyOf(this.#root) as FolderNode;
    return disk;
  }

  /** Every file, by path, with its bytes. */
  files(): Map<string, Buffer> {
    const out = new Map<string, Buffer>();
    const walk = (node: Node, path: string): void => {
      if (node.type === "file") out.set(path, node.data);
      else for (const [name, child] of node.entries) walk(child, path === "" ? name : `${path}/${name}`);
    };
    walk(this.#root, "");
    return out;
  }

  /** How many names each file has, by path. */
  links(): Map<string, number> {
    const names = new Map<Node, number>();
    const paths = new Map<string, Node>();
    const walk = (node: Node, path: string): void => {
      if (node.type === "folder") {
        for (const [name, child] of node.entries) walk(child, `${path}/${name}`);
        return;
      }
      paths.set(path, node);
      names.set(node, (names.get(node) ?? 0) + 1);
    };
    walk(this.#root, "");
    return new Map([...paths].map(([path, node]) => [path, names.get(node) as number]));
  }

  #step(): void {
    this.operations += 1;
    this.#lives();
  }

  #lives(): void {
    if (this.operations >= this.cutAt) throw new PowerCut("the power is out");
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const part of path.split("/").filter(Boolean))
      node = node?.type === "folder" ? node.entries.get(part) : undefined;
    return node;
  }

  #parent(path: string): { parent: FolderNode; name: string } {
    const parts = path.split("/").filter(Boolean);
    const name = parts.pop() as string;
    const parent = this.#find(parts.join("/"));
    if (parent?.type !== "folder") throw Object.assign(new Error(path), { code: "ENOENT" });
    return { parent, name };
  }

  async lstat(path: string): Promise<DiskStat | undefined> {
    this.#lives();
    const node = this.#find(path);
    if (!node) return undefined;
    return this.#stat(node);
  }

  #stat(node: Node): DiskStat {
    const { type, id } = node;
    return type === "file"
      ? { type, id, sizeBytes: node.data.length, modifiedMs: node.modifiedMs, links: this.#links(node) }
      : { type, id, sizeBytes: 0, modifiedMs: 0, links: 2 };
  }

  /** How many names a file has. */
  #links(wanted: Node, below: FolderNode = this.#root): number {
    let links = 0;
    for (const node of below.entries.values())
      if (node === wanted) links += 1;
      else if (node.type === "folder") links += this.#links(wanted, node);
    return links;
  }

  async mkdir(path: string): Promise<boolean> {
    this.#step();
    const { parent, name } = this.#parent(path);
    if (parent.entries.has(name)) return false;
    parent.entries.set(name, folder());
    return true;
  }

  async readdir(path: string): Promise<DiskName[]> {
    this.#lives();
    const node = this.#find(path);
    if (node?.type !== "folder") throw Object.assign(new Error(path), { code: "ENOENT" });
    return [...node.entries].map(([name, { type }]) => ({ name, type }));
  }

  async open(path: string, mode: "create" | "extend" | "read" | "read-direct"): Promise<DiskFile> {
    this.#step();
    const { parent, name } = this.#parent(path);
    let node = parent.entries.get(name);
    if (mode === "create" && node) throw Object.assign(new Error(path), { code: "EEXIST" });
    if (mode === "create") {
      node = { type: "file", id: nextId(), data: Buffer.alloc(0), durable: Buffer.alloc(0), modifiedMs: 0 };
      parent.entries.set(name, node);
    }
    if (node?.type !== "file") throw Object.assign(new Error(path), { code: "ENOENT" });
    return this.#handle(node);
  }

  #handle(node: FileNode): DiskFile {
    const step = (): void => this.#step();
    const lives = (): void => this.#lives();
    const stat = (): DiskStat => this.#stat(node);
    return {
      async stat() {
        lives();
        return stat();
      },
      async share() {
        lives();
      },
      async writev(buffers, position) {
        step();
        const bytes = Buffer.concat(buffers);
        const grown = Buffer.alloc(Math.max(node.data.length, position + bytes.length));
        node.data.copy(grown);
        bytes.copy(grown, position);
        node.data = grown;
      },
      async read(buffer, position) {
        step();
        return node.data.copy(buffer, 0, position);
      },
      async truncate(size) {
        step();
        node.data = Buffer.concat([node.data, Buffer.alloc(size)]).subarray(0, size);
      },
      async setModified(modified) {
        step();
        node.modifiedMs = modified.getTime();
      },
      async sync() {
        step();
        node.durable = Buffer.from(node.data);
      },
      async close() {},
    };
  }

  async link(from: string, to: string): Promise<boolean> {
    this.#step();
    const node = this.#find(from);
    const { parent, name } = this.#parent(to);
    if (!node) throw Object.assign(new Error(from), { code: "ENOENT" });
    if (parent.entries.has(name)) return false;
    parent.entries.set(name, node);
    return true;
  }

  /** As rename(2): what has the name gives way. */
  async rename(from: string, to: string): Promise<void> {
    const { parent, name } = this.#parent(to);
    parent.entries.delete(name);
    await this.link(from, to);
    await this.unlink(from);
  }

  async unlink(path: string): Promise<void> {
    this.#step();
    const { parent, name } = this.#parent(path);
    parent.entries.delete(name);
  }

  async rmdir(path: string): Promise<boolean> {
    this.#step();
    const { parent, name } = this.#parent(path);
    const node = parent.entries.get(name);
    if (node?.type !== "folder" || node.entries.size > 0) return false;
    parent.entries.delete(name);
    return true;
  }

  async syncFolder(path: string): Promise<void> {
    this.#step();
    const node = this.#find(path);
    if (node?.type === "folder") node.durable = new Map(node.entries);
  }

  async freeBytes(): Promise<number> {
    return 1e12;
  }
}
