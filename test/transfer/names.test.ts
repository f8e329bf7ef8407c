import fc from "fast-check";
import { expect, test } from "vitest";
import type { RollItem } from "../../src/library/roll.ts";
import { UsageError } from "../../src/shared/errors.ts";
import { foldName, safeComponent } from "../../src/shared/safe-name.ts";
import { PathTemplate, parseDateArgument, tokens } from "../../src/transfer/plan/index.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.constantFrom(
    "../../etc/passwd",
    "..",
    ".",
    "",
    "CON",
    "con.txt",
    "NUL",
    "COM1.tar.gz",
    "a\0b",
    "trailing. ",
    " lead",
    ".hidden",
    "x".repeat(300),
    "é".repeat(200),
    "\u202egnp.exe",
    'a/b\\c:d*e?f"g<h>i|j',
    "LPT¹",
    "😀".repeat(100),
  ),
);

test("any text gives one legal, stable, bounded component", () => {
  fc.assert(
    fc.property(anyText, fc.nat(60), (text, reserve) => {
      const name = safeComponent(text, reserve);
      expect(name).not.toMatch(/[<>:"/\\|?*\u0000-\u001f\u007f]/);
      expect(name).not.toMatch(/^\.|[. ]$/);
      expect(name).not.toMatch(/^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i);
      expect(name.length).toBeGreaterThan(0);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255 - reserve);
      expect(name.isWellFormed()).toBe(true);
      expect(safeComponent(name, reserve)).toBe(name);
    }),
    { numRuns: 500 },
  );
});

const photo = (
  over: Partial<RollItem["parts"][0]["item"]> & { captured?: string | undefined; make?: string; model?: string },
): RollItem => ({
  id: "0123abcd",
  kind: "photo",
  subtype: undefined,
  availability: "phone",
  edited: false,
  captured:
    over.captured === undefined
      ? undefined
      : { local: over.captured, offsetMinutes: 0, zone: "recorded", source: "exif" },
  parts: [
    {
      role: "original",
      availability: "phone",
      item: {
        id: "x",
        path: over.path ?? "/DCIM/100APPLE/IMG_0001.JPG",
        name: over.name ?? "IMG_0001.JPG",
        area: "camera-roll",
        sizeBytes: 1,
        modifiedAt: undefined,
        createdAt: undefined,
      },
      facts: {
        format: "jpeg",
        ...(over.make ? { make: over.make } : {}),
        ...(over.model ? { model: over.model } : {}),
      },
    },
  ],
});

test("templates fill, fall back, and put undated photos aside", () => {
  const render = (source: string, item: RollItem): string => new PathTemplate(source).render(item, "Ann's iPhone");
  const dated = photo({ captured: "2024-05-01T12:34:56", make: "Apple", model: "iPhone 14 Pro" });
  expect(render("{year}/{month}/{name}", dated)).toBe("2024/05/IMG_0001");
  expect(render("{phone}/{date}_{time}_{name}_{id}", dated)).toBe("Ann's iPhone/2024-05-01_123456_IMG_0001_0123abcd");
  expect(render("{camera|none}/{name}", photo({ captured: "2024-05-01T00:00:00" }))).toBe("none/IMG_0001");
  expect(render("{model}/{name}", photo({ captured: "2024-05-01T00:00:00" }))).toBe("unknown/IMG_0001");
  expect(render("{year}/{month}/{name}", photo({}))).toBe("undated/IMG_0001");
  expect(render("{folder}/{date}-{name}", photo({}))).toBe("undated/100APPLE/IMG_0001");
  expect(render("{year|someday}/{name}", photo({}))).toBe("someday/IMG_0001");
});

test("any metadata stays inside: no token makes a folder or leaves the destination", () => {
  fc.assert(
    fc.property(anyText, anyText, anyText, (name, make, phone) => {
      const path = new PathTemplate("{make}/{phone}/{name}").render(
        photo({ name: `${name}.JPG`, make, captured: "2024-05-01T00:00:00" }),
        phone,
      );
      expect(path.split("/")).toHaveLength(3);
      expect(path.split("/")).not.toContain("..");
      expect(path.startsWith("/")).toBe(false);
    }),
  );
});

test("templates that cannot work are refused with the tokens there are", () => {
  for (const bad of ["", "/{name}", "../{name}", "{nmae}", "{name", "a//b", "{year}/."])
    expect(() => new PathTemplate(bad), bad).toThrow(UsageError);
  expect(() => new PathTemplate("{nmae}")).toThrow(/year.*name/);
  expect(Object.keys(tokens)).toContain("camera");
});

test("case twins and composed forms are one name", () => {
  expect(foldName("IMG_0001.JPG")).toBe(foldName("img_0001.jpg"));
  expect(foldName("é")).toBe(foldName("e\u0301"));
});

test("dates as people write them, both ends included", () => {
  const now = Date.UTC(2024, 4, 31, 12);
  expect(parseDateArgument("2024", "first", now)).toBe("2024-01-01");
  expect(parseDateArgument("2024", "last", now)).toBe("2024-12-31");
  expect(parseDateArgument("2024-02", "last", now)).toBe("2024-02-29");
  expect(parseDateArgument("2024-2-3", "first", now)).toBe("2024-02-03");
  expect(parseDateArgument("30d", "first", now)).toBe("2024-05-01");
  for (const bad of ["yesterday", "2024-13", "2024-02-30", "24-01-01", "30", ""])
    expect(() => parseDateArgument(bad, "first", now), bad).toThrow(UsageError);
});
