/** CSV as RFC 4180 has it, with a mark for Excel that it is UTF-8. No cell is a formula. */

/** What a file begins with. */
export const csvStart = "\ufeff";

const formula = /^[=+\-@\t\r\n]/;
/** A phone number, or a number: what begins with + or - and is nothing but digits and their signs computes nothing that hurts. */
const number = /^[+-][\d\s().-]*$/;

/** One line. */
export function csvLine(cells: readonly (string | number | boolean | undefined)[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: string | number | boolean | undefined): string {
  if (cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  const clean = cell.toWellFormed().replaceAll("\u0000", "");
  const safe = formula.test(clean) && !number.test(clean) ? `'${clean}` : clean;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
