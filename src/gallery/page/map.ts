/** A map of outlines alone, drawn from data that came with the program: no tiles, no network. Equirectangular, in canvas. */

/** Rings of land, each a list of longitude and latitude in hundredths of a degree, the first absolute, the others as differences. */
type Land = readonly (readonly number[])[];

let land: Promise<readonly Float32Array[]> | undefined;

async function outlines(): Promise<readonly Float32Array[]> {
  land ??= fetch("land.json").then(async (answer) => ((await answer.json()) as Land).map(ringOf));
  return await land;
}

function ringOf(differences: readonly number[]): Float32Array {
  const ring = new Float32Array(differences.length);
  let [x, y] = [0, 0];
  for (let i = 0; i < differences.length; i += 2) {
    x += differences[i] ?? 0;
    y += differences[i + 1] ?? 0;
    ring[i] = x / 100;
    ring[i + 1] = y / 100;
  }
  return ring;
}

/** What is seen of the world: its middle, and how many pixels a degree takes. */
export interface Window {
  readonly lon: number;
  readonly lat: number;
  readonly scale: number;
}

/** Where a place lies on the canvas, in CSS pixels. */
export function project(
  window: Window,
  size: { readonly width: number; readonly height: number },
  lon: number,
  lat: number,
): { x: number; y: number } {
  return {
    x: size.width / 2 + (lon - window.lon) * window.scale,
    y: size.height / 2 - (lat - window.lat) * window.scale,
  };
}

/** Farther east or west no ring reaches. */
const most = 240;

/** Draws the land. @returns what to draw on further, scaled to CSS pixels */
export async function drawLand(
  canvas: HTMLCanvasElement,
  window: Window,
): Promise<CanvasRenderingContext2D | undefined> {
  const rings = await outlines();
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const dense = Math.min(2, devicePixelRatio);
  canvas.width = Math.max(1, Math.round(width * dense));
  canvas.height = Math.max(1, Math.round(height * dense));
  const context = canvas.getContext("2d") ?? undefined;
  if (!context) return undefined;
  const style = getComputedStyle(canvas);
  context.scale(dense, dense);
  context.fillStyle = style.getPropertyValue("--map-sea");
  context.fillRect(0, 0, width, height);
  context.fillStyle = style.getPropertyValue("--map-land");
  context.strokeStyle = style.getPropertyValue("--map-line");
  context.lineWidth = 0.75;
  context.beginPath();
  // Three times beside each other, so that the date line is no edge.
  for (const shift of [-360, 0, 360]) {
    const half = width / 2 / window.scale;
    if (most + shift < window.lon - half || shift - most > window.lon + half) continue;
    for (const ring of rings) trace(context, ring, window, { width, height }, shift);
  }
  context.fill("evenodd");
  context.stroke();
  return context;
}

function trace(
  context: CanvasRenderingContext2D,
  ring: Float32Array,
  window: Window,
  size: { readonly width: number; readonly height: number },
  shift: number,
): void {
  let [lastX, lastY] = [Number.NaN, Number.NaN];
  for (let i = 0; i < ring.length; i += 2) {
    const { x, y } = project(window, size, (ring[i] ?? 0) + shift, ring[i + 1] ?? 0);
    if (i === 0) context.moveTo(x, y);
    // What would be in the same pixel is left out.
    else if (Math.abs(x - lastX) + Math.abs(y - lastY) >= 0.6 || i === ring.length - 2) context.lineTo(x, y);
    else continue;
    [lastX, lastY] = [x, y];
  }
  context.closePath();
}

/** One dot on a small map. */
export async function placeMap(
  canvas: HTMLCanvasElement,
  { lat, lon }: { readonly lat: number; readonly lon: number },
): Promise<void> {
  const window = { lon, lat, scale: 14 };
  const context = await drawLand(canvas, window);
  if (!context) return;
  const { x, y } = project(window, { width: canvas.clientWidth, height: canvas.clientHeight }, lon, lat);
  context.fillStyle = getComputedStyle(canvas).getPropertyValue("--accent");
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--map-sea");
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, 6, 0, Math.PI * 2);
  context.fill();
  context.stroke();
}
