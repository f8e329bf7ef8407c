/** What axe-core, which knows WCAG, finds wrong with a page as it stands. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What is serious or critical by WCAG 2.2 AA. */
export async function violations(page: Page, where: string): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe: run } = window as never as {
      axe: { run: (context: Document, options: object) => Promise<{ violations: Violation[] }> };
    };
    const only = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    return (await run.run(document, { runOnly: only, resultTypes: ["violations"] })).violations;
  });
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, impact, nodes }) =>
        `${where}: ${impact} ${id}: ${nodes
          .map((n) => `${n.html} ${n.failureSummary}`)
          .join(" | ")
          .slice(0, 700)}`,
    );
}
