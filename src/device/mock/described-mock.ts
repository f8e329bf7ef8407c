/** What every mock phone has: its files, its cable, its counts, and faults that change files. */
import { type Fault, type FolderNode, findNode, type Node, type PhoneDescription } from "./described-phone.ts";
import { type FaultEvent, FaultScript } from "./faults.ts";
import { type LinkModel, TokenBucket, unlimitedLink } from "./link-model.ts";

/** Told of every operation that a server carries out; counts it and lets faults strike. */
export class DescribedMock {
  readonly description: PhoneDescription;
  readonly root: FolderNode;
  readonly link: LinkModel;
  readonly wire: TokenBucket;
  /** Requests by operation, for tests that count. */
  readonly operationCounts = new Map<string, number>();
  /** Operations that would have changed the phone, or that it does not know. Empty after any run of ours. */
  readonly refusedOperations: number[] = [];
  /** What was changed where a backup or a restore may change something: operation and path. */
  readonly changes: string[] = [];
  fileBytesSent = 0;
  readonly #faults = new FaultScript();
  /** Set by whoever shows this phone. */
  onUnplug: (replugMs: number | undefined) => void = () => {};

  protected constructor(description: PhoneDescription, root: FolderNode) {
    this.description = description;
    this.root = root;
    this.link = { ...unlimitedLink, ...description.link };
    this.wire = new TokenBucket(this.link.bytesPerSecond);
    this.arm(description.faults ?? []);
  }

  node(path: string): Node | undefined {
    return findNode(this.root, path);
  }

  /** Adds faults; those armed already stay. */
  arm(faults: readonly Fault[]): void {
    this.#faults.arm(faults);
  }

  disarm(): void {
    this.#faults.disarm();
  }

  /** The fault that strikes now, if any. */
  strike(event: FaultEvent): Fault["do"] | undefined {
    return this.#faults.strike(event, this.fileBytesSent);
  }

  /** Faults that change a file; true when this was one. */
  protected changeFile(action: Fault["do"], path: string | undefined): boolean {
    const node = path === undefined ? undefined : this.node(path);
    switch (action.type) {
      case "size":
        if (node?.type === "file") node.size = action.bytes;
        return true;
      case "touch":
        if (node?.type === "file") node.modifiedNs += 1_000_000_000n;
        return true;
      case "vanish":
        if (path !== undefined) this.#remove(path);
        return true;
      default:
        return false;
    }
  }

  #remove(path: string): void {
    const at = path.lastIndexOf("/");
    const parent = this.node(path.slice(0, at));
    if (parent?.type === "folder") parent.children.delete(path.slice(at + 1));
  }

  count(operation: string): void {
    this.operationCounts.set(operation, (this.operationCounts.get(operation) ?? 0) + 1);
  }
}
