/** What an Android phone's owner has to do before its photos can be read. */

export type AndroidConsent = "choose-file-transfer" | "no-card" | "allow-debugging" | "ready" | "not-answered";

/** @param name the phone's */
export function consentInstruction(state: AndroidConsent, name: string): string {
  switch (state) {
    case "choose-file-transfer":
      return `Unlock ${name}, pull down its notifications, tap the one about USB and choose File transfer. (Some phones ask to allow access: tap Allow.)`;
    case "no-card":
      return `Put a card into ${name}, and switch it on.`;
    case "allow-debugging":
      return `Look at ${name}: tap Allow for USB debugging, and tick "Always allow from this computer".`;
    case "ready":
      return `${name} is ready.`;
    case "not-answered":
      return `Nobody answered ${name}'s question in time.`;
  }
}

/** Whether a state is one of an Android phone's, and not of an iPhone's Trust question. */
export function isAndroidConsent(state: string): state is AndroidConsent {
  return ["choose-file-transfer", "no-card", "allow-debugging", "ready", "not-answered"].includes(state);
}
