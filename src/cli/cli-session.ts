/** A session as a command has it: what it says goes to the terminal, what it asks is asked there. */
import type { Host } from "../app/host.ts";
import { type PhoneWishes, Session } from "../app/session.ts";
import type { Voice } from "../app/voice.ts";
import type { CommonFlags } from "./command-flags.ts";
import { Output } from "./output.ts";
import { ask, askSecret } from "./prompt.ts";

/** A session whose questions and messages go to the terminal. */
export class CliSession extends Session {
  readonly output: Output;

  constructor(host: Host, flags: CommonFlags, wishes: PhoneWishes = flags) {
    const output = new Output(host, flags);
    super(host, wishes, voiceOf(host, output));
    this.output = output;
  }
}

function voiceOf(host: Host, output: Output): Voice {
  const isAttended = host.stdin.isTTY === true && host.stderr.isTTY === true;
  return {
    say: (line) => output.say(line),
    complain: (line) => output.complain(line),
    progress:
      isAttended && !output.quiet && host.env["TERM"] !== "dumb"
        ? (line) => void host.stderr.write(`\r\x1b[2K${line}`)
        : undefined,
    // Who reads JSON answers no questions.
    ask: isAttended && !output.json ? (question) => ask(host, question) : undefined,
    // What is asked stands on stderr, so a document on stdout stays one.
    askSecret: isAttended ? (question) => askSecret(host, question) : undefined,
    isAttended,
  };
}
