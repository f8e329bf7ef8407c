/** The frame around the screens: which one, how large, and the keys. */
import { Box, Text, useInput, useWindowSize } from "ink";
import { useSyncExternalStore } from "react";
import { actionFor, bindings, keyPresses } from "./keymap.ts";
import { Browse } from "./screens/Browse.tsx";
import { Connect } from "./screens/Connect.tsx";
import { Export } from "./screens/Export.tsx";
import { Progress } from "./screens/Progress.tsx";
import { Summary } from "./screens/Summary.tsx";
import type { Size } from "./size.ts";
import type { State } from "./state.ts";
import type { Store } from "./store.ts";

export function App({ store }: { store: Store }) {
  const state = useSyncExternalStore(store.subscribe, store.getState);
  const { columns, rows } = useWindowSize();
  useInput((input, key) => {
    for (const press of keyPresses(store.getState(), { input, ...key })) {
      const action = actionFor(store.getState(), press);
      if (action) store.dispatch(action);
    }
  });
  // The last row stays free: a full screen would scroll.
  const size = { columns: Math.max(20, columns), rows: Math.max(8, rows - 1) };
  return (
    <Box width={size.columns} height={size.rows} flexDirection="column">
      {state.help ? <Help state={state} /> : <Screen state={state} size={size} />}
    </Box>
  );
}

function Screen({ state, size }: { state: State; size: Size }) {
  switch (state.screen) {
    case "connect":
      return <Connect state={state} size={size} />;
    case "browse":
      return <Browse state={state} size={size} />;
    case "export":
      return <Export state={state} size={size} />;
    case "progress":
      return <Progress state={state} size={size} />;
    case "summary":
      return <Summary state={state} size={size} />;
  }
}

function Help({ state }: { state: State }) {
  return (
    <Box flexDirection="column" paddingX={1}>
      <Text bold>Keys here</Text>
      {bindings({ ...state, help: false }).map((b) => (
        <Text key={b.keys}>{`  ${b.keys.padEnd(9)} ${b.does}`}</Text>
      ))}
      <Text> </Text>
      <Text dimColor>Esc closes this. Ctrl-C ends offroll.</Text>
    </Box>
  );
}
