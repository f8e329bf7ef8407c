/** `offroll freeup list`: what may be deleted on the phone, as a page or as text, by day; kept in the destination to be checked afterwards. */
import { exitCodes, type Host } from "../../app/host.ts";
import { tryOutputFile, writeOutputBlocks } from "../../app/output-file.ts";
import { type Preview, Previews } from "../../library/index.ts";
import { formatCaptured } from "../../media/capture-time.ts";
import { Decoder } from "../../media/index.ts";
import { dayWords, monthWords } from "../../present/dates.ts";
import { type Day, type DayItem, daysOf } from "../../present/freeup-days.ts";
import { pageOf, pageStart } from "../../present/freeup-page.ts";
import { sumOf } from "../../present/freeup-plan.ts";
import { caveats, worldOf } from "../../present/freeup-words.ts";
import { agoWords } from "../../present/status-words.ts";
import { Semaphore } from "../../shared/async.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import { openPlace } from "../../transfer/destination/index.ts";
import { type FreeupPlan, keepList, newListId, pruneLists } from "../../transfer/freeup/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, freeupListFlags } from "../command-flags.ts";
import { type FreeupLook, lookForFreeup, planByFlags } from "../freeup/freeup-session.ts";
import { planJson } from "../freeup/plan-lines.ts";

export type ListFlags = CommandFlags<typeof freeupListFlags>;

/** In pixels: enough to know a photo again, small enough for thousands on one page. */
const pictureSize = 160;
const picturesAtOnce = 4;
/** Where nothing can make it smaller. */
const maxPictureBytes = 48 * 1024;

export async function freeupList(host: Host, dir: string | undefined, flags: ListFlags): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  const wanted = { flag: "--html", cwd: host.cwd, onlyOver: pageStart };
  const file = flags.html === undefined ? undefined : tryOutputFile(flags.html, wanted);
  await using look = await lookForFreeup(session, dir, flags.ownDisk);
  const plan = await planByFlags(session, look, flags);
  if (plan.proven.length === 0) return tellNothing(session, look, plan);
  const id = newListId(host.clock.now());
  const { device } = look.source;
  const header = { id, at: host.clock.now(), device: { id: device.id, name: device.name } };
  const said = look.places.found.filter((p) => p.isSaidApart).map(({ name, folder }) => name ?? folder.root);
  // Before anybody deletes by it: what is not kept cannot be checked.
  await keepList(
    openPlace(look.places.home).metadata,
    { ...header, copies: plan.rule.copies, ownDisks: said },
    { plan, roll: look.roll },
  );
  const days = daysOf(plan);
  const pruned = await pruneLists(openPlace(look.places.home).metadata, device.id, host.clock.now());
  if (file !== undefined) await writePage(session, { look, plan, id, days }, file);
  if (output.json)
    output.document({
      ...{ list: id, kept: look.places.home.root, html: file ?? null, pruned },
      ...listJson(look, plan, days),
    });
  else {
    if (flags.text || file === undefined) for (const line of textLines(look, days)) output.data(line);
    if (file !== undefined) output.data(file);
    for (const line of [...caveats(plan.places), ...endLines(plan, id)]) output.say(line);
    if (pruned.length > 0)
      output.say(`${plural(pruned.length, "list")} older than 60 days taken away: ${pruned.join(", ")}.`);
  }
  return exitCodes.complete;
}

function tellNothing({ output }: CliSession, look: FreeupLook, plan: FreeupPlan): number {
  if (output.json) output.document({ list: null, kept: null, html: null, pruned: [], ...listJson(look, plan, []) });
  else
    output.say(
      `Nothing is proven to be on ${plural(plan.rule.copies, "different disk")}: there is no list. Why: offroll freeup plan`,
    );
  return exitCodes.complete;
}

interface Made {
  readonly look: FreeupLook;
  readonly plan: FreeupPlan;
  readonly id: string;
  readonly days: readonly Day[];
}

async function writePage(session: CliSession, { look, plan, id, days }: Made, file: string): Promise<void> {
  const { context, output } = session;
  const { source, roll } = look;
  await using decoder = new Decoder();
  const previews = new Previews(source, decoder);
  const turn = new Semaphore(picturesAtOnce);
  const moving = context.stderr.isTTY === true && !output.quiet && !output.json;
  const total = days.reduce((sum, { items }) => sum + items.length, 0);
  let done = 0;
  const picture = async ({ photo }: DayItem): Promise<Uint8Array | undefined> => {
    const release = await turn.acquire(context.signal);
    try {
      const preview = await previews.of(photo, { signal: context.signal });
      done += 1;
      if (moving) context.stderr.write(`\r\x1b[2KSmall pictures: ${formatCount(done)} of ${formatCount(total)}`);
      return preview && (await small(decoder, preview));
    } finally {
      release();
    }
  };
  const head = {
    listId: id,
    madeOn: new Date(plan.rule.now).toISOString().slice(0, 10),
    device: source.device.name,
    noun: source.device.noun,
    iCloud: roll.knowledge.iCloud,
    copies: plan.rule.copies,
    places: plan.places,
    oldestProof: agoWords(plan.rule.now - (plan.oldestReadAt ?? plan.rule.now)),
    days,
  };
  await writeOutputBlocks(file, pageOf(head, picture));
  if (moving) context.stderr.write("\r\x1b[2K");
}

async function small(decoder: Decoder, { bytes, orientation }: Preview): Promise<Uint8Array | undefined> {
  const box = { width: pictureSize, height: pictureSize, orientation };
  const made = await decoder.fit(bytes, "jpeg", box);
  if (made && "jpeg" in made) return made.jpeg;
  return bytes.length <= maxPictureBytes && orientation === 1 ? bytes : undefined;
}

function textLines({ source, roll }: FreeupLook, days: readonly Day[]): string[] {
  const world = worldOf(source.device.noun, roll.knowledge.iCloud);
  const lines = [world.title, ...world.lines, "", ...world.steps.map((step, i) => `${i + 1}. ${step}`)];
  let month = "";
  for (const { day, items, bytes } of days) {
    if (monthWords(day) !== month) {
      month = monthWords(day);
      lines.push("", month);
    }
    lines.push(
      "",
      `${dayWords(day)}: ${plural(items.length, "photo or video", "photos and videos")}, ${formatBytes(bytes)}`,
    );
    for (const item of items) lines.push(`  [ ] ${item.time.padEnd(5)}  ${item.name}  (${item.what})`);
  }
  return lines;
}

function endLines({ proven }: FreeupPlan, id: string): string[] {
  const { items, bytes } = sumOf(proven);
  return [
    `${plural(items, "photo or video", "photos and videos")}, ${formatBytes(bytes)}. Kept as list ${id}. offroll deletes nothing: that is yours to do, on the phone.`,
    `Afterwards: offroll freeup check --list ${id}`,
  ];
}

function listJson(look: FreeupLook, plan: FreeupPlan, days: readonly Day[]): object {
  const of = planJson(look, plan) as Record<string, unknown>;
  const { device, iCloudPhotos, deletesEverywhere, rule, oldestProofAt, caveats: doubts } = of;
  return {
    ...{ device, iCloudPhotos, deletesEverywhere, rule, oldestProofAt, caveats: doubts, ...sumOf(plan.proven) },
    world: worldOf(look.source.device.noun, look.roll.knowledge.iCloud),
    days: days.map(({ day, items, bytes }) => ({
      ...{ day: day === "" ? null : day, bytes },
      photos: items.map(({ photo, name, bytes: size }) => ({
        ...{ id: photo.id, path: photo.parts[0].item.path, name: printable(name), bytes: size },
        captured: photo.captured ? formatCaptured(photo.captured) : null,
      })),
    })),
  };
}
