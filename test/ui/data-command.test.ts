/** The command beside the sheet of a phone's data says what the sheet would write. */
import { expect, test } from "vitest";
import { dataCommand } from "../../src/ui/data-command.ts";
import { nothingSeen } from "../../src/ui/data-state.ts";

const backup = { folder: "/disk/My phone", age: undefined, isEncrypted: true, unfinished: undefined, known: 2 };
const settings = { ...nothingSeen.settings, to: "/home/ann/phone data" };

test("a folder, everything, forms and days are written as the command takes them", () => {
  expect(dataCommand(settings, "notes", backup)).toBe(
    "offroll data export notes --to '/home/ann/phone data' --from '/disk/My phone'",
  );
  expect(dataCommand({ ...settings, what: "all", to: "~/d", forms: "all", since: "2024" }, "notes", backup)).toBe(
    "offroll data export --to ~/d --from '/disk/My phone' --format html,csv,txt,vcard,md --since 2024",
  );
  expect(dataCommand({ ...settings, to: "-x", forms: "json", until: " 2024-05 " }, "calls", undefined)).toBe(
    "offroll data export calls --to=-x --format json --until 2024-05",
  );
});

test("what was chosen one by one has no command", () => {
  expect(dataCommand({ ...settings, what: "chosen" }, "messages", backup)).toBeUndefined();
});
