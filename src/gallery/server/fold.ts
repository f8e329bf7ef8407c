/** Words as a search compares them: whatever their case, accents and width. */

/** What Unicode's decomposition leaves as it is, and people type without. */
const letters: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};

/** "Österreich" -> "osterreich", "ＮＡＲＡ" -> "nara". */
export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}+/gu, "")
    .replace(/[ßæœøłđðþı]/g, (letter) => letters[letter] ?? letter)
    .normalize("NFC");
}

const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{S}]/u;

/**
 * Whether its writing has no blanks between words: then a part of a word is looked for, however short. Emoji stand in titles so, too,
 * and are no words to the index.
 */
export function isUnspaced(word: string): boolean {
  return unspaced.test(word);
}
