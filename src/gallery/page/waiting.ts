/** Says how far the index is, as the server tells it, and gives way to the gallery when it is there. */
import type { IndexAnswer } from "../wire.ts";
import { progressShare, progressWords } from "./progress-words.ts";

const main = document.querySelector("main");
const heading = document.querySelector("h1");
const bar = document.querySelector("progress");
const said = document.querySelector(".state");
const again = document.querySelector<HTMLButtonElement>(".again");

function say(text: string): void {
  if (said) said.textContent = text;
}

function failed(why: string): void {
  main?.classList.add("failed");
  if (heading) heading.textContent = "Your photos could not be read";
  document.title = "Not read – offroll";
  say(why);
  if (again) again.hidden = false;
}

const source = new EventSource("api/index");
source.onmessage = (event: MessageEvent<string>) => {
  const state = JSON.parse(event.data) as IndexAnswer;
  if (state.state === "making") {
    if (bar) bar.value = progressShare(state);
    const words = progressWords(state);
    return say(`${words.charAt(0).toUpperCase()}${words.slice(1)}.`);
  }
  source.close();
  if (state.state === "failed") return failed(`${state.why} ${state.remedy}`);
  // The address is the gallery's, and stays: also what it names in it.
  location.reload();
};
source.onerror = () => {
  source.close();
  failed("offroll has ended. Start `offroll gallery` again, and open the address that it prints.");
};
again?.addEventListener("click", () => location.reload());
