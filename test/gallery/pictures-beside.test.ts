/** Pictures made in a process of its own are the same, are counted, and are kept. */
import sharp from "sharp";
import { expect, test } from "vitest";
import { makeDestination } from "../helpers/made-destination.ts";
import { opened } from "./opened.ts";

test("a picture is made beside the server, kept for the next time, and one that cannot be made is told as missing", async () => {
  const bytes = await sharp({ create: { width: 900, height: 600, channels: 3, background: "#2a6" } })
    .jpeg()
    .toBuffer();
  const root = makeDestination(
    [bytes, Buffer.from("no picture")].map((content, i) => ({
      id: `0000000${i}`,
      captured: `2024-05-0${i + 1}T12:00:00+02:00`,
      files: [{ target: `2024/05/${i}.jpg`, bytes: content }],
    })),
  );
  await using g = await opened([root], { picturesBeside: true });
  const first = await g.ask("/t/1/x.jpg");
  expect(first.status).toBe(200);
  expect(await sharp(first.body).metadata()).toMatchObject({ format: "jpeg", width: 320, height: 213 });
  const none = await g.ask("/t/2/x.jpg");
  expect([none.status, JSON.parse(`${none.body}`).reason]).toEqual([422, "not-a-picture"]);
  expect(g.gallery.counts).toMatchObject({ shrunk: 1, none: 1, cached: 0 });
  expect((await g.ask("/t/1/x.jpg")).body.equals(first.body)).toBe(true);
  expect(g.gallery.counts).toMatchObject({ shrunk: 1, cached: 1 });
});
