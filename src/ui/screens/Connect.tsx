import { Box, Text } from "ink";
import { type DeviceState, instruction, phonesNamed } from "../../device/index.ts";
import { formatBytes, printable } from "../../shared/text.ts";
import type { ConnectState, State } from "../state.ts";
import { Footer } from "./Footer.tsx";

const words: Record<DeviceState, string> = {
  ready: "ready",
  locked: "locked",
  "needs-trust": "will ask whether to trust this computer",
  "pairing-lost": "will ask again whether to trust this computer",
  "network-only": "over Wi-Fi only: plug its cable in",
  "choose-file-transfer": "unlock it, then choose File transfer",
  "no-card": "shows no card: put one in",
  "allow-debugging": "will ask to allow USB debugging",
  unreachable: "does not answer: replug it",
};

/** Calm until a phone is there; then its name, and what to do on it. */
export function Connect({ state }: { state: ConnectState & State }) {
  const { devices, problem, failed, opening, wanted, size } = state;
  return (
    <>
      <Box flexGrow={1} flexDirection="column" paddingX={2} paddingY={1}>
        <Text bold>offroll</Text>
        <Text> </Text>
        {problem && devices.length === 0 && (
          <Box flexDirection="column" marginBottom={1}>
            <Text color="red">{`✗ ${problem.message}`}</Text>
            <Text>{`  ${problem.remedy}`}</Text>
          </Box>
        )}
        {wanted !== undefined && !opening && phonesNamed(devices, wanted).length === 0 && (
          <Box marginBottom={1}>
            <Text>{`Waiting for a phone called "${printable(wanted)}".`}</Text>
          </Box>
        )}
        {state.startingDemo ? (
          <Text>The demo phone is being plugged in …</Text>
        ) : opening ? (
          <Text>
            {opening.trust && opening.trust !== "paired" && opening.trust !== "ready"
              ? instruction(opening.trust, opening.name)
              : opening.toRead > 0
                ? `Looking at ${opening.name}: ${opening.read} of ${opening.toRead} photos`
                : `Opening ${opening.name} …`}
          </Text>
        ) : devices.length === 0 ? (
          !problem && (
            <>
              <Text>Plug your phone in with its cable, and unlock it.</Text>
              <Text>On an Android phone then choose File transfer: its notifications have a line about USB.</Text>
              <Text dimColor>
                It appears here by itself. `offroll doctor` tells why one does not. No phone at hand? d opens a made-up
                one.
              </Text>
            </>
          )
        ) : (
          devices.map(({ info, state: deviceState, error }, i) => (
            <Box key={info.id} flexDirection="column">
              <Text inverse={i === state.cursor} wrap="truncate">
                {` ${printable(info.name)}  ${info.model}  ${words[deviceState]}${info.freeBytes === undefined ? "" : `  ${formatBytes(info.freeBytes)} free`} `}
              </Text>
              {error && <Text dimColor>{`   ${error.message} ${error.remedy}`}</Text>}
              {failed?.id === info.id && (
                <>
                  <Text color="red">{`   ✗ ${failed.message}`}</Text>
                  <Text>{`     ${failed.remedy}`}</Text>
                </>
              )}
            </Box>
          ))
        )}
        {opening?.sheet && <Text dimColor>The export sheet opens when it is open.</Text>}
        {state.notice !== undefined && (
          <Box marginTop={1}>
            <Text dimColor>{state.notice}</Text>
          </Box>
        )}
      </Box>
      <Footer state={state} columns={size.columns} />
    </>
  );
}
