/** Elements made in one line. Text is always text: nothing here, and nowhere else in the page, takes markup. */

/** What an element is made with. */
export interface Properties {
  readonly class?: string;
  readonly text?: string;
  /** Attributes by their names in HTML; undefined leaves one out. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly on?: Readonly<Record<string, (event: never) => void>>;
}

/** An element with its children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: name, text, attributes = {}, on = {} }: Properties = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (name !== undefined) made.className = name;
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes))
    if (value === true) made.setAttribute(key, "");
    else if (value !== undefined && value !== false) made.setAttribute(key, String(value));
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener as EventListener);
  made.append(...children.filter((c) => c !== undefined));
  return made;
}

const paths = {
  photos: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  heart: "M12 20s-7-4.4-7-10a4 4 0 0 1 7-2.6A4 4 0 0 1 19 10c0 5.6-7 10-7 10z",
  album: "M4 7h16v12H4zM7 4h10",
  people:
    "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3.5 19c.5-3.5 2.7-5 5.5-5s5 1.5 5.5 5M16 11a2.5 2.5 0 1 0 0-5M17 14c2 .4 3.3 2 3.6 5",
  map: "M12 21s6.5-6 6.5-11a6.5 6.5 0 0 0-13 0C5.5 15 12 21 12 21zM12 12.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  trip: "M3 18h18M6 18V9l6-4 6 4v9M10 18v-5h4v5",
  day: "M5 6h14v14H5zM5 10h14M9 3v4M15 3v4",
  video: "M4 6h11v12H4zM15 10.500l5-3v9l-5-3",
  copies: "M8 8h12v12H8zM4 16V4h12",
  hidden:
    "M4 4l16 16M9.5 5.600A9 9 0 0 1 12 5.200c5 0 8.5 4.6 9.5 6.800a14 14 0 0 1-3 4M6.3 7.500A14 14 0 0 0 2.5 12c1 2.2 4.5 6.8 9.5 6.800a9 9 0 0 0 4.2-1",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  large: "M4 14v6h6M20 10V4h-6M4 20l7-7M20 4l-7 7",
  phone: "M8 3h8v18H8zM11 18h2",
  kinds: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM20 20l-4.8-4.8",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01",
  download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.500M5 20h14",
  folder: "M3.5 6.500h6l2 2h9v10h-17z",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  edit: "M12 3v18M5 6h7v12H5zM12 6h7v12h-7",
  live: "M12 12h.01M12 15.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z",
  check: "M5 12.500l4.5 4.500L19 7.5",
  add: "M12 5v14M5 12h14",
  print: "M7 9V4h10v5M7 18H4V9h16v9h-3M7 14h10v6H7z",
  keys: "M3 7h18v10H3zM7 10.500h.01M11 10.500h.01M15 10.500h.01M8 14h8",
  light:
    "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.600l1.4 1.400M17 17l1.4 1.400M18.4 5.600L17 7M7 17l-1.4 1.4",
} as const;
/** A drawing of the page. */
export type Icon = keyof typeof paths;

/** Decoration: whoever uses it names the control that has it. */
export function icon(name: Icon): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}

/** A button with a drawing and a name that is read and shown on hover. */
export function iconButton(name: Icon, label: string, onClick: () => void, more = ""): HTMLButtonElement {
  return element(
    "button",
    {
      class: `icon-button ${more}`.trim(),
      attributes: { type: "button", "aria-label": label, title: label },
      on: { click: onClick },
    },
    icon(name),
  );
}
