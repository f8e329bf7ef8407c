/** Which phone a person means, among those that are known without a cable. */

export interface NamedPhone {
  readonly id: string;
  readonly name: string;
}

/** By its id, by its whole name, or by a part of the name that only one has. Undefined for none or several. */
export function phoneIn(phones: readonly NamedPhone[], wanted: string): NamedPhone | undefined {
  const exact = phones.filter(({ id, name }) => id === wanted || name === wanted);
  const folded = wanted.toLowerCase();
  const found = exact.length > 0 ? exact : phones.filter(({ name }) => name.toLowerCase().includes(folded));
  return found.length === 1 ? found[0] : undefined;
}
