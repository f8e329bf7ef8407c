/** A line of text with the keys of a shell. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { displayWidth } from "../../src/shared/text.ts";
import { editLine, insertText, type LineEdit, lineOf, pastedPath, shownLine } from "../../src/ui/line-edit.ts";

const marked = (text: string): ReturnType<typeof lineOf> => {
  const caret = text.indexOf("|");
  return { text: text.replace("|", ""), caret, fresh: false };
};
const show = ({ text, caret }: { text: string; caret: number }): string =>
  `${text.slice(0, caret)}|${text.slice(caret)}`;

test.each<[string, LineEdit, string]>([
  ["/home/ann|", "left", "/home/an|n"],
  ["|/home", "left", "|/home"],
  ["/home/a|nn", "right", "/home/an|n"],
  ["/home|", "right", "/home|"],
  ["/home/ann|", "home", "|/home/ann"],
  ["/ho|me", "end", "/home|"],
  ["/home/a|nn", "erase", "/home/|nn"],
  ["|x", "erase", "|x"],
  ["/home/|ann", "delete", "/home/|nn"],
  ["/home/ann|", "eraseWord", "/home/|"],
  ["/home/|", "eraseWord", "/|"],
  ["my photos |x", "eraseWord", "my |x"],
  ["/home/a|nn", "eraseToStart", "|nn"],
  ["/home/a|nn", "eraseToEnd", "/home/a|"],
  ["/home/ann|", "wordLeft", "/home/|ann"],
  ["|/home/ann", "wordRight", "/home|/ann"],
  // What a person takes for one letter is one.
  ["/e\u0301|", "erase", "/|"],
  ["/👩‍👧|x", "left", "/|👩‍👧x"],
])("%s, %s: %s", (before, edit, after) => {
  expect(show(editLine(marked(before), edit))).toBe(after);
});

test("the first letter replaces a proposal; any other key takes it over", () => {
  const proposal = lineOf("/home/ann/Pictures", true);
  expect(show(insertText(proposal, "/mnt"))).toBe("/mnt|");
  expect(show(insertText(editLine(proposal, "end"), "/2024"))).toBe("/home/ann/Pictures/2024|");
  expect(show(editLine(proposal, "erase"))).toBe("/home/ann/Picture|");
  expect(show(editLine(proposal, "eraseToStart"))).toBe("|");
});

test("whatever is pressed, the caret stays in the text, and what is shown fits with the caret in it", () => {
  const edits: LineEdit[] = ["left", "right", "wordLeft", "wordRight", "home", "end", "erase", "delete", "eraseWord"];
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.array(fc.oneof(fc.constantFrom(...edits), fc.string({ unit: "grapheme", minLength: 1, maxLength: 3 }))),
      fc.integer({ min: 1, max: 30 }),
      (text, keys, room) => {
        let line = lineOf(text, true);
        for (const key of keys)
          line = edits.includes(key as LineEdit) ? editLine(line, key as LineEdit) : insertText(line, key);
        expect(line.caret).toBeGreaterThanOrEqual(0);
        expect(line.caret).toBeLessThanOrEqual(line.text.length);
        const shown = shownLine(line, room);
        expect(displayWidth(shown)).toBeLessThanOrEqual(room);
        expect(shown).toContain("▏");
      },
    ),
  );
});

test.each([
  ["'/home/ann/My Photos' ", "/home/ann/My Photos"],
  ['"/home/ann/My Photos"', "/home/ann/My Photos"],
  ["/home/ann/My\\ Photos", "/home/ann/My Photos"],
  ["file:///home/ann/My%20Photos", "/home/ann/My Photos"],
  ["file:///home/100%", "file:///home/100%"],
  ["~/Photos", "~/Photos"],
  ["D:\\Photos\\ann", "D:\\Photos\\ann"],
])("a dropped or copied path is the path: %s", (pasted, path) => {
  expect(pastedPath(pasted)).toBe(path);
});
