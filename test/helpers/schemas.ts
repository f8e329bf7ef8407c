/** What `--json` prints, held to the published schemas. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";

export const schemas = resolve(import.meta.dirname, "../../dist/schemas");
/** What is published is a copy of these. */
const sources = resolve(import.meta.dirname, "../../src/cli/schemas");
const ajv = new Ajv2020({ strict: true });

export function assertSchema(name: string, text: string): unknown {
  const schema = JSON.parse(readFileSync(join(sources, `${name}.schema.json`), "utf8")) as { $id: string };
  const validate = ajv.getSchema(schema.$id) ?? ajv.compile(schema);
  const value: unknown = JSON.parse(text);
  expect(validate(value), `${name}: ${ajv.errorsText(validate.errors)}\n${text.slice(0, 500)}`).toBe(true);
  return value;
}
