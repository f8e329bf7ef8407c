/** As much of a phone's shell as programs that read photos use: programs by name, quotes, `;`, and `2>/dev/null`. */
import type { FileNode, FolderNode } from "../described-phone.ts";
import { hashFileNode, type MockAndroid, readFileNode } from "./mock-android.ts";

const internal = "/storage/emulated/0";
const cardFolder = "SD card";

function cardRootOf({ description }: MockAndroid): string {
  return `/storage/${description.android?.adb?.cardName ?? "1A2B-3C4D"}`;
}

/** What the paths of the phone's own file system lead to. */
export function nodeAt(phone: MockAndroid, path: string): FileNode | FolderNode | undefined {
  const plain = path.replace(/^\/sdcard(?=\/|$)/, internal);
  const cardRoot = cardRootOf(phone);
  if (plain === "/storage") return { type: "folder", children: new Map(), modifiedNs: 0n };
  const card = plain === cardRoot || plain.startsWith(`${cardRoot}/`);
  if (card) return phone.node(`/${cardFolder}${plain.slice(cardRoot.length)}`);
  if (plain !== internal && !plain.startsWith(`${internal}/`)) return undefined;
  return phone.node(plain.slice(internal.length));
}

/** Names in a folder, as the phone's file system shows them. */
export function namesIn(phone: MockAndroid, path: string, node: FolderNode): string[] {
  const hasCard = phone.root.children.has(cardFolder);
  if (path === "/storage")
    return ["emulated", "self", ...(hasCard ? [cardRootOf(phone).slice("/storage/".length)] : [])];
  return [...node.children.keys()].filter((name) => node !== phone.root || name !== cardFolder);
}

/** The mock's path of a path of the phone, for faults. */
export function describedPath(path: string): string {
  return path
    .replace(/^\/sdcard(?=\/|$)/, internal)
    .replace(/^\/storage\/(?!emulated|self)[^/]+/, `/${cardFolder}`)
    .replace(internal, "");
}

/** Runs a line; yields what its programs print on standard output. */
export async function* runShell(phone: MockAndroid, line: string): AsyncGenerator<Buffer, void, undefined> {
  for (const words of parseLine(line)) {
    phone.count(words[0] ?? "");
    yield* run(phone, words);
  }
}

/** Words of each command, quotes resolved. Redirections of errors are dropped: errors are never printed. */
export function parseLine(line: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const push = (): void => {
    if (word !== undefined && word !== "2>/dev/null") commands.at(-1)?.push(word);
    word = undefined;
  };
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i] as string;
    if (c === "'") {
      const end = line.indexOf("'", i + 1);
      if (end === -1) return [];
      word = (word ?? "") + line.slice(i + 1, end);
      i = end;
    } else if (c === "\\") {
      word = (word ?? "") + (line[i + 1] ?? "");
      i += 1;
    } else if (c === ";") {
      push();
      commands.push([]);
    } else if (/\s/.test(c)) push();
    else word = (word ?? "") + c;
  }
  push();
  return commands.filter((words) => words.length > 0);
}

async function* run(phone: MockAndroid, [program, ...args]: string[]): AsyncGenerator<Buffer, void, undefined> {
  const { description } = phone;
  const print = (text: string): Buffer => Buffer.from(`${text}\n`, "utf8");
  switch (program) {
    case "echo":
      yield print(args.join(" "));
      return;
    case "getprop":
      yield print(propertyOf(phone, args[0] ?? ""));
      return;
    case "settings":
      yield print(description.name);
      return;
    case "df": {
      const [total, free] = [description.totalBytes, description.freeBytes].map((n) => Math.floor(n / 1024)) as [
        number,
        number,
      ];
      yield print("Filesystem 1K-blocks Used Available Use% Mounted on");
      yield print(
        `/dev/fuse ${total} ${total - free} ${free} ${Math.round((100 * (total - free)) / total)}% ${args.at(-1)}`,
      );
      return;
    }
    case "stat":
      for (const path of args.slice(2)) {
        const node = nodeAt(phone, path);
        if (node?.type === "file") yield print(String(node.size));
      }
      return;
    case "sha256sum":
      for (const path of args) {
        const node = nodeAt(phone, path);
        if (node?.type === "file") yield print(`${await hashFileNode(node)}  ${path}`);
      }
      return;
    case "dd":
      yield* copyBlocks(phone, new Map(args.map((a) => a.split(/=(.*)/s) as [string, string])));
      return;
    case "content":
      yield* queryContent(phone, args);
      return;
    default:
      yield print(`/system/bin/sh: ${program}: inaccessible or not found`);
  }
}

function propertyOf({ description }: MockAndroid, name: string): string {
  const properties: Record<string, string> = {
    "ro.product.manufacturer": description.android?.manufacturer ?? "Google",
    "ro.product.model": description.productType,
    "ro.build.version.release": description.productVersion,
    "persist.sys.timezone": description.timeZone,
  };
  return properties[name] ?? description.android?.adb?.properties?.[name] ?? "";
}

async function* copyBlocks(phone: MockAndroid, options: Map<string, string>): AsyncGenerator<Buffer, void, undefined> {
  const path = options.get("if") ?? "";
  const node = nodeAt(phone, path);
  if (node?.type !== "file" || phone.strike({ operation: "read", path: describedPath(path) })) return;
  const [bs, skip, count] = ["bs", "skip", "count"].map((n) => Number(options.get(n))) as [number, number, number];
  for (let i = skip; i < skip + count && i * bs < node.size; i += 1) {
    const bytes = await readFileNode(node, i * bs, bs);
    phone.fileBytesSent += bytes.length;
    yield bytes;
  }
}

/** Android's `content query`: one line a row, in the order of the projection. */
async function* queryContent(phone: MockAndroid, args: string[]): AsyncGenerator<Buffer, void, undefined> {
  const option = (name: string): string => args[args.indexOf(name) + 1] ?? "";
  const { mediaStore } = phone.description.android?.adb ?? {};
  const columns = option("--projection").split(":");
  if (mediaStore === "missing") return void (yield Buffer.from("/system/bin/sh: content: not found\n"));
  if (mediaStore === "old" && columns.includes("is_favorite"))
    return void (yield Buffer.from(
      "Error while accessing provider:media\nandroid.database.sqlite.SQLiteException: no such column: is_favorite\n",
    ));
  const { warning } = phone.description.android?.adb ?? {};
  if (warning !== undefined) yield Buffer.from(`${warning}\n`);
  const isVideo = option("--uri").includes("/video/");
  const rows: string[] = [];
  const visit = (path: string, folder: FolderNode): void => {
    for (const [name, node] of folder.children) {
      if (node.type === "folder") visit(`${path}/${name}`, node);
      else if (
        /\.(jpe?g|heic|png|dng|gif|mp4|mov)$/i.test(name) &&
        /\.(mp4|mov)$/i.test(name) === isVideo &&
        !name.startsWith(".")
      ) {
        const root = path.startsWith(`/${cardFolder}`)
          ? path.replace(`/${cardFolder}`, cardRootOf(phone))
          : `${internal}${path}`;
        const values: Record<string, string> = {
          datetaken: String(node.mediaStore?.takenMs ?? "NULL"),
          is_favorite: node.mediaStore?.favourite ? "1" : "0",
          bucket_display_name: path.slice(path.lastIndexOf("/") + 1),
          _data: `${root}/${name}`,
        };
        rows.push(`Row: ${rows.length} ${columns.map((c) => `${c}=${values[c] ?? "NULL"}`).join(", ")}`);
      }
    }
  };
  visit("", phone.root);
  for (const path of isVideo ? [] : (phone.description.android?.adb?.indexedOnly ?? [])) {
    const values: Record<string, string> = { datetaken: "NULL", is_favorite: "0", _data: `${internal}/${path}` };
    rows.push(`Row: ${rows.length} ${columns.map((c) => `${c}=${values[c] ?? "NULL"}`).join(", ")}`);
  }
  yield Buffer.from(rows.length === 0 ? "No result found.\n" : `${rows.join("\n")}\n`, "utf8");
}
