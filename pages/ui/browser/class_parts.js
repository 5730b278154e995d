// @ts-check
/** Small parts that the phone's pages are made of. Texts of people become text nodes alone. */

/**
 * @typedef {{code: string, name: string, member: string, personal: string, nickname: string,
 *   now: number, activity: string, given: Record<string, any>,
 *   model: import("./models.js").Model | null}} Me
 * @typedef {{id: string, kind: string, settings: any, started: number, ends: number | null,
 *   open: boolean, revealed: boolean, result: any}} Activity
 * @typedef {{names: string[], colours: string[], titles: Record<string, string>,
 *   optimizers: Record<string, [string, number]>,
 *   words: Record<string, string> & {minutes: string, seconds: string}}} Config
 * @typedef {{config: Config, me: Me, activity: Activity, given: Record<string, any>,
 *   host: HTMLElement, send: (slot: string, content: object) => Promise<boolean>,
 *   say: (text: string) => void, warn: (text: string) => void}} Context
 *   `given` is what was given before, by slot. `send` is done when the server has it, and false if
 *   it was refused, which is said. `say` is for screen readers, `warn` for everybody. `titles` of the configuration are
 *   the translated names of our recipes.
 * @typedef {{update: (activity: Activity) => void, end: () => void}} View
 */

/**
 * An element with children, texts among them.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} properties  `class`, `aria-...` and `data-...` are attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class" || name === "role" || name.includes("-")) made.setAttribute(name, value);
    else /** @type {any} */ (made)[name] = value;
  }
  made.append(...children);
  return made;
}

/**
 * A row of buttons of which one is pressed.
 *
 * @param {string} name  for screen readers
 * @param {string} look  a CSS class
 * @param {ReadonlyArray<string>} labels
 * @param {(place: number) => void} onChoose
 * @returns {{node: HTMLElement, press: (place: number) => void}}  `press` marks one, -1 none
 */
export function choices(name, look, labels, onChoose) {
  const buttons = labels.map((label, place) =>
    make("button", { type: "button", "aria-pressed": "false", onclick: () => onChoose(place) }, label),
  );
  const node = make("div", { class: look, role: "group", "aria-label": name }, ...buttons);
  const press = (/** @type {number} */ chosen) =>
    buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(place === chosen)));
  return { node, press };
}

/**
 * Draw strokes on a canvas, light on dark.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ReadonlyArray<{points: number[][], width: number}>} strokes
 * @param {number} side  of the pad that they were drawn on, in their units
 */
export function paintStrokes(canvas, strokes, side) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const scale = canvas.width / side;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, side, side);
  pen.strokeStyle = "#fff";
  pen.lineCap = pen.lineJoin = "round";
  for (const { points, width } of strokes) {
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(points[0][0], points[0][1]);
    for (const [x, y] of points) pen.lineTo(x, y);
    pen.stroke();
  }
}

/** What this tab remembers; null where a browser forbids it. @param {string} name */
export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} name @param {unknown} value  null forgets it */
export function remember(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // The page works without.
  }
}
