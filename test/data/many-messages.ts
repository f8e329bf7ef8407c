/** Databases of messages as large as anybody's, made in a moment. */
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type SmsMessage, SmsWriter } from "../../fixtures/make/phone-data/sms-database.ts";

/** A database of so many messages in 50 conversations, one reaction in twenty, one reply in thirty, one attachment in 500. */
export function manyMessages(file: string, messages: number): void {
  rmSync(file, { force: true });
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  const writer = new SmsWriter(db, "ios18");
  writer.schema();
  db.exec("BEGIN");
  const [chats, each] = [50, messages / 50];
  for (let c = 0; c < chats; c += 1) {
    const who = `+1555${1_000_000 + c}`;
    const all: Iterable<SmsMessage> = (function* () {
      for (let i = 0; i < each; i += 1) {
        const [guid, at] = [`G-${c}-${i}`, Date.UTC(2021, 0, 1) + i * (1.2e11 / each) + c * 1000];
        const from = i % 2 ? { from: who } : {};
        if (i % 20 === 7) yield { guid, at, ...from, reaction: { on: `G-${c}-${i - 3}`, type: 2000 + (i % 6) } };
        else
          yield {
            ...{ guid, at, ...from },
            parts: [
              `Message ${i} of conversation ${c}: some words of the usual length, ok?`,
              ...((c * each + i) % 500 === 9
                ? [{ guid: `A-${(c * each + i - 9) / 500}`, name: `IMG_${i}.JPG`, mime: "image/jpeg" }]
                : []),
            ],
            ...(i % 30 === 5 && { replyTo: { guid: `G-${c}-${i - 1}` } }),
          };
      }
    })();
    writer.chat({ guid: `iMessage;-;${who}`, members: [who], messages: all as readonly SmsMessage[] });
  }
  db.exec("COMMIT");
  db.close();
}
