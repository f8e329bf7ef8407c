/** Text in HTML. */

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const special = /[&<>"']/;

/** For text, and for attributes in quotes of either kind. What cannot be seen stays: make it `printable` first, or a mark. */
export function escapeHtml(text: string): string {
  return special.test(text) ? text.replaceAll(/[&<>"']/g, (char) => entities[char] as string) : text;
}
