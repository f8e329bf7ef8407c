/** How the rooms of the program speak to the person they work for. A terminal, a screen and a log each bring their own. */

/** Lines are ready to be shown: text from a phone or a disk in them is printable already. */
export interface Voice {
  /** Good to know; may be kept back, as by `--quiet`. */
  say(line: string): void;
  /** How far something is that takes seconds: a line that the next one replaces, and "" takes away. Absent where nobody watches. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Must be known: nothing keeps it back. */
  complain(line: string): void;
  /**
   * Puts a question. @returns the answer, trimmed. Absent where nobody can answer.
   * @throws {CancelledError} when there are no more answers
   */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** As `ask`, for a password: nothing of the answer is shown, and it is given back as it was typed. */
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
  /** Whether somebody is there who can act on the phone: unlock it, tap Trust. */
  readonly isAttended: boolean;
}

/** For work that nobody watches, and of which nobody is told but by what it returns. */
export const unheard: Voice = { say: () => {}, complain: () => {}, isAttended: false };

/** Yes only for a yes; an empty answer takes `preset`. Where nobody can be asked it is a no. */
export async function confirm({ ask }: Pick<Voice, "ask">, question: string, preset: boolean): Promise<boolean> {
  if (!ask) return false;
  const answer = (await ask(`${question} ${preset ? "[Y/n]" : "[y/N]"} `)).toLowerCase();
  return answer === "" ? preset : answer === "y" || answer === "yes";
}
