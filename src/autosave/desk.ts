/** What the terminal UI knows and asks of backing up by itself. It is set up by the program's own command: there is one way to do so. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { AutosaveDesk } from "../app/autosave-desk.ts";
import type { Host } from "../app/host.ts";
import { pathsFor } from "../app/settings/index.ts";
import { writeOwnFile } from "../shared/own-files.ts";
import { readPlainText } from "../shared/plain-file.ts";
import { printable } from "../shared/text.ts";
import { requestTakeOver } from "./asks.ts";
import { standingOf } from "./standing.ts";

/** Phones whose person was asked; more are not remembered. */
const mostPhones = 256;

export function deskOf(host: Host): AutosaveDesk {
  const offers = join(pathsFor(host).dataFolder, "offers.json");
  const look: AutosaveDesk["look"] = (phone) => {
    try {
      const job = standingOf(host).jobs.find((each) => each.phone === phone && each.copy === undefined);
      return { isSetUp: job !== undefined, copyingTo: job?.state.is === "copying" ? job.plan.to : undefined };
    } catch {
      return { isSetUp: true };
    }
  };
  return {
    look,
    offerOnce(phone) {
      const asked = readOffers(offers);
      if (asked.includes(phone) || look(phone).isSetUp) return false;
      try {
        writeOwnFile(offers, `${JSON.stringify({ v: 1, autosave: [...asked, phone].slice(-mostPhones) })}\n`);
      } catch {
        return false; // asked for ever after, where it cannot be noted
      }
      return true;
    },
    takeOver: (phone) => requestTakeOver(host, phone),
    turnOn: async (phone, to) => await linesOf(host, ["autosave", "on", "--device", phone, "--to", to, "--yes"]),
  };
}

function readOffers(file: string): string[] {
  try {
    const { autosave } = JSON.parse(readPlainText(file)) as { autosave?: unknown };
    return Array.isArray(autosave) ? autosave.filter((phone) => typeof phone === "string") : [];
  } catch {
    return [];
  }
}

/** What a command of ours said. */
async function linesOf({ self, env, signal }: Host, args: readonly string[]): Promise<string[]> {
  const [program = "", ...rest] = self;
  const child = spawn(program, [...rest, ...args], { env: { ...env }, stdio: ["ignore", "pipe", "pipe"], signal });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await new Promise<void>((done) => {
    child.once("error", (error) => {
      said += error.message;
      done();
    });
    child.once("close", () => done());
  });
  return said.trim().split("\n").map(printable);
}
