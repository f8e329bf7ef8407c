/** Questions, as dialogs that the keyboard and a screen reader know. */
import { element } from "./dom.ts";

/** Asks for a line of text. @returns undefined where the person thought better of it */
export async function askText(title: string, label: string, before = ""): Promise<string | undefined> {
  const input = element("input", {
    attributes: { type: "text", "aria-label": label, placeholder: label, maxlength: 200, autocomplete: "off" },
  });
  input.value = before;
  const answer = await ask(title, [input], "Save");
  return answer && input.value.trim() !== "" ? input.value.trim() : undefined;
}

/** Asks yes or no. */
export async function askYes(title: string, text: string, yes: string): Promise<boolean> {
  return await ask(title, [element("p", { text })], yes);
}

/** Asks for a line of text, and which of some belong to it. @returns undefined where the person thought better of it */
export async function askWith<K extends string>(
  title: string,
  {
    text,
    label,
    choices,
    yes,
  }: {
    /** What the answer is good for. */
    readonly text: string;
    readonly label: string;
    readonly choices: readonly (readonly [key: K, label: string])[];
    readonly yes: string;
  },
): Promise<{ readonly text: string; readonly chosen: readonly K[] } | undefined> {
  const input = element("input", {
    attributes: { type: "text", "aria-label": label, placeholder: label, maxlength: 200, autocomplete: "off" },
  });
  const boxes = choices.map(([key, name]) => ({
    key,
    box: element("input", { attributes: { type: "checkbox" } }),
    name,
  }));
  const lines = boxes.map(({ box, name }) => element("label", { class: "check-line" }, box, name));
  const group = element("fieldset", {}, element("legend", { text: "Tell as well" }), ...lines);
  if (!(await ask(title, [element("p", { text }), input, group], yes))) return undefined;
  return { text: input.value.trim(), chosen: boxes.filter(({ box }) => box.checked).map(({ key }) => key) };
}

/** Asks for one of some, or for a new one. @returns its key; "" for a new one; undefined for none */
export async function askOne(
  title: string,
  choices: readonly (readonly [key: string, label: string])[],
  fresh: string,
): Promise<string | undefined> {
  let chosen: string | undefined;
  const list = element("div", { class: "choices" });
  const { dialog, done } = open(title, [list]);
  const choose = (key: string) => (): void => {
    chosen = key;
    dialog.close();
  };
  for (const [key, label] of [["", fresh] as const, ...choices])
    list.append(
      element("button", { class: "choice", text: label, attributes: { type: "button" }, on: { click: choose(key) } }),
    );
  const cancel = element("button", {
    text: "Cancel",
    attributes: { type: "button" },
    on: { click: () => dialog.close() },
  });
  dialog.append(element("div", { class: "dialog-buttons" }, cancel));
  list.querySelector("button")?.focus();
  await done;
  return chosen;
}

async function ask(title: string, content: readonly HTMLElement[], yes: string): Promise<boolean> {
  let isYes = false;
  const { dialog, done } = open(title, content);
  const end = (answer: boolean) => (): void => {
    isYes = answer;
    dialog.close();
  };
  dialog.append(
    element(
      "div",
      { class: "dialog-buttons" },
      element("button", { text: "Cancel", attributes: { type: "button" }, on: { click: end(false) } }),
      element("button", { class: "primary", text: yes, attributes: { type: "button" }, on: { click: end(true) } }),
    ),
  );
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    if (event.target.type === "checkbox") return;
    // Or the same key would press the button that has the keyboard again afterwards.
    event.preventDefault();
    end(true)();
  });
  await done;
  return isYes;
}

function open(title: string, content: readonly HTMLElement[]): { dialog: HTMLDialogElement; done: Promise<void> } {
  const dialog = element(
    "dialog",
    { class: "card-dialog", attributes: { "aria-label": title } },
    element("h2", { text: title }),
    ...content,
  );
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.showModal();
  const done = new Promise<void>((resolve) =>
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before instanceof HTMLElement) before.focus();
      resolve();
    }),
  );
  return { dialog, done };
}
