/** The state of one mock Android phone: its files, its cable, its faults. The responder and the adb server beside it speak for it. */
import { createHash } from "node:crypto";
import {
  buildTree,
  type Fault,
  type FileNode,
  type FolderNode,
  findNode,
  type Node,
  type PhoneDescription,
} from "../described-phone.ts";
import { type FaultEvent, FaultScript } from "../faults.ts";
import { type LinkModel, TokenBucket, unlimitedLink } from "../link-model.ts";

const alwaysThere = ["/DCIM", "/Pictures", "/Movies", "/Download", "/Android/data", "/Android/media"];

export class MockAndroid {
  readonly description: PhoneDescription;
  readonly root: FolderNode;
  readonly link: LinkModel;
  readonly wire: TokenBucket;
  /** MTP operations and adb services by name, for tests that count. */
  readonly operationCounts = new Map<string, number>();
  /** Operations that would have changed the phone. Empty after any run of ours. */
  readonly refusedOperations: number[] = [];
  fileBytesSent = 0;
  readonly #faults = new FaultScript();
  /** Set by whoever shows this phone. */
  onUnplug: (replugMs: number | undefined) => void = () => {};

  private constructor(description: PhoneDescription, root: FolderNode) {
    this.description = description;
    this.root = root;
    this.link = { ...unlimitedLink, ...description.link };
    this.wire = new TokenBucket(this.link.bytesPerSecond);
    this.#faults.arm(description.faults ?? []);
  }

  static async create(description: PhoneDescription, baseFolder: string): Promise<MockAndroid> {
    return new MockAndroid(description, await buildTree(description, baseFolder, alwaysThere));
  }

  node(path: string): Node | undefined {
    return findNode(this.root, path);
  }

  arm(faults: readonly Fault[]): void {
    this.#faults.arm(faults);
  }

  disarm(): void {
    this.#faults.disarm();
  }

  /** The fault that strikes now, if any; those that concern the whole phone have been done and are not returned. */
  strike(event: FaultEvent): Fault["do"] | undefined {
    const action = this.#faults.strike(event, this.fileBytesSent);
    const node = event.path === undefined ? undefined : this.node(event.path);
    switch (action?.type) {
      case "unplug":
      case "disconnect":
      case "reset":
        this.onUnplug(action.type === "unplug" ? action.replugMs : 50);
        return { type: "disconnect" };
      case "size":
        if (node?.type === "file") node.size = action.bytes;
        return undefined;
      case "touch":
        if (node?.type === "file") node.modifiedNs += 1_000_000_000n;
        return undefined;
      case "vanish":
        this.#remove(event.path ?? "");
        return undefined;
      default:
        return action;
    }
  }

  #remove(path: string): void {
    const at = path.lastIndexOf("/");
    const parent = findNode(this.root, path.slice(0, at));
    if (parent?.type === "folder") parent.children.delete(path.slice(at + 1));
  }

  count(operation: string): void {
    this.operationCounts.set(operation, (this.operationCounts.get(operation) ?? 0) + 1);
  }
}

/** The bytes of a file as the phone reports its size: a fault may make it lie. */
export async function readFileNode(node: FileNode, offset: number, length: number): Promise<Buffer> {
  const there = Math.max(0, Math.min(length, node.size - offset));
  return Buffer.from(await node.content.read(offset, there));
}

export async function hashFileNode(node: FileNode): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < node.size; at += 1 << 20)
    hash.update(await readFileNode(node, at, Math.min(1 << 20, node.size - at)));
  return hash.digest("hex");
}
