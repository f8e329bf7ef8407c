/** The frame around the screens: which one, how large, and the keys. */
import { Box, Text, useInput, usePaste, useWindowSize } from "ink";
import { type ReactElement, useEffect, useSyncExternalStore } from "react";
import { actionFor, bindings, keyPresses, pasted } from "./keymap.ts";
import type { PictureStore } from "./pictures/picture-store.ts";
import { Browse } from "./screens/Browse.tsx";
import { Connect } from "./screens/Connect.tsx";
import { Data } from "./screens/Data.tsx";
import { DataExport } from "./screens/DataExport.tsx";
import { Export } from "./screens/Export.tsx";
import { PhonePage } from "./screens/PhonePage.tsx";
import { Progress } from "./screens/Progress.tsx";
import { Summary } from "./screens/Summary.tsx";
import type { State } from "./state.ts";
import type { Store } from "./store.ts";

/** Draws the state that the store has, and turns keys into actions. Holds no state of its own. */
export function App({ store, pictures }: { store: Store; pictures: PictureStore }) {
  const state = useSyncExternalStore(store.subscribe, store.getState);
  const { columns, rows } = useWindowSize();
  // The last row stays free: a full screen would scroll.
  const size = { columns: Math.max(20, columns), rows: Math.max(8, rows - 1) };
  useEffect(() => {
    store.dispatch({ type: "resize", size: { columns: size.columns, rows: size.rows } });
  }, [store, size.columns, size.rows]);
  useInput((input, key) => {
    for (const press of keyPresses(store.getState(), { input, ...key })) {
      const action = actionFor(store.getState(), press);
      if (action) store.dispatch(action);
    }
  });
  usePaste((text) => {
    const action = pasted(store.getState(), text);
    if (action) store.dispatch(action);
  });
  return (
    <Box width={size.columns} height={size.rows} flexDirection="column" overflow="hidden">
      {state.help ? <Help state={state} /> : <Screen state={{ ...state, size }} pictures={pictures} />}
    </Box>
  );
}

/** Its type makes the compiler ask for every screen. */
function Screen({ state, pictures }: { state: State; pictures: PictureStore }): ReactElement {
  switch (state.screen) {
    case "connect":
      return <Connect state={state} />;
    case "browse":
      return <Browse state={state} pictures={pictures} />;
    case "export":
      return <Export state={state} />;
    case "progress":
      return <Progress state={state} />;
    case "data":
      return <Data state={state} />;
    case "dataExport":
      return <DataExport state={state} />;
    case "phone":
      return <PhonePage state={state} />;
    case "summary":
      return <Summary state={state} />;
  }
}

/** Of the help, besides its keys: title, an empty line, what the signs mean, how it ends. */
const helpRows = 4;

function Help({ state }: { state: State }) {
  const rows = bindings({ ...state, help: false });
  const half = Math.ceil(rows.length / 2);
  // Side by side where there is room, or must be: a help that scrolls away helps nobody.
  const isSplit = rows.length > 8 && (state.size.columns >= 76 || rows.length > state.size.rows - helpRows);
  const columns = isSplit ? [rows.slice(0, half), rows.slice(half)] : [rows];
  const gap = state.size.columns >= 76 || !isSplit ? 9 : 6;
  return (
    <Box flexDirection="column" paddingX={1}>
      <Text bold>Keys here</Text>
      <Box>
        {columns.map((list) => (
          <Box key={list[0]?.keys} flexDirection="column" width={Math.floor((state.size.columns - 2) / columns.length)}>
            {list.map((b) => (
              <Text key={b.keys} wrap="truncate">{`${gap === 9 ? "  " : ""}${b.keys.padEnd(gap)} ${b.does}`}</Text>
            ))}
          </Box>
        ))}
      </Box>
      <Text> </Text>
      {state.screen === "browse" && (
        <Text dimColor wrap="truncate">
          {"[x] chosen  ✓ exported  ♥ favourite  ▶ video  ☁ only in iCloud  ? missing"}
        </Text>
      )}
      <Text dimColor>Esc closes this. Ctrl-C ends offroll.</Text>
    </Box>
  );
}
