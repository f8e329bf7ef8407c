/** `offroll doctor --udev`: the rule on standard output, to be put where it belongs; how, beside it. */
import { exitCodes, type Host } from "../../../app/host.ts";
import { udevRules } from "../../../device/index.ts";
import type { CommonFlags } from "../../command-flags.ts";
import { Output } from "../../output.ts";

export function printUdevRules(context: Host, flags: CommonFlags): number {
  const output = new Output(context, flags);
  if (output.json) output.document({ rules: udevRules });
  else {
    context.stdout.write(udevRules);
    output.say(
      "\nThis lets whoever sits at this computer open phones and cameras, and nobody else. To put it in place:",
    );
    output.say("  offroll doctor --udev | sudo tee /etc/udev/rules.d/70-offroll.rules");
    output.say("  sudo udevadm control --reload && sudo udevadm trigger");
    output.say("Then plug the phone in again. Most distributions have a rule like this with the package of libmtp.");
  }
  return exitCodes.complete;
}
