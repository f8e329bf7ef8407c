/** The state of one mock Android phone. The responder and the adb server beside it speak for it. */
import { createHash } from "node:crypto";
import { DescribedMock } from "../described-mock.ts";
import { buildTree, type Fault, type FileNode, type PhoneDescription } from "../described-phone.ts";
import type { FaultEvent } from "../faults.ts";

const alwaysThere = ["/DCIM", "/Pictures", "/Movies", "/Download", "/Android/data", "/Android/media"];

export class MockAndroid extends DescribedMock {
  static async create(description: PhoneDescription, baseFolder: string): Promise<MockAndroid> {
    return new MockAndroid(description, await buildTree(description, baseFolder, alwaysThere));
  }

  /** Faults that concern the whole phone or change a file have been done and are not returned. */
  override strike(event: FaultEvent): Fault["do"] | undefined {
    const action = super.strike(event);
    if (action?.type === "unplug" || action?.type === "disconnect" || action?.type === "reset") {
      this.onUnplug(action.type === "unplug" ? action.replugMs : 50);
      return { type: "disconnect" };
    }
    return action && this.changeFile(action, event.path) ? undefined : action;
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
