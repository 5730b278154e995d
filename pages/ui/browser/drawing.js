// @ts-check
/** The drawing on the pad, shared by all parts of a page: strokes, paper, preparation steps. */

import { prepare } from "./reader.js";

/** @typedef {import("./reader.js").Stroke} Stroke */
/** @typedef {import("./reader.js").Stages} Stages */
/** @typedef {{strokes: ReadonlyArray<Stroke>, paper: string, off: ReadonlyArray<string>,
 *   version: number}} Drawing  `off` names the preparation steps that are switched off */

export const SIDE = 280; // units of the pad's side

/** @type {Drawing} */
let drawing = { strokes: [], paper: "dark", off: [], version: 0 };
/** @type {{version: number, stages: Stages | null}} */
let prepared = { version: -1, stages: null };
/** @type {Set<(drawing: Drawing) => void>} */
const watchers = new Set();
let due = false;

/** @returns {Drawing} */
export const current = () => drawing;

/**
 * Change the drawing; whoever watches hears it at the next frame.
 *
 * @param {Partial<Drawing>} change
 */
export function change(change) {
  drawing = { ...drawing, ...change, version: drawing.version + 1 };
  announce();
}

function announce() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    watchers.forEach((watcher) => watcher(drawing));
  });
}

/**
 * @param {(drawing: Drawing) => void} watcher  is called now, and at the frame after each change
 * @returns {() => void}  ends it
 */
export function watch(watcher) {
  watchers.add(watcher);
  watcher(drawing);
  return () => watchers.delete(watcher);
}

/**
 * The steps of the preparation, computed once for all who ask.
 *
 * @returns {Stages | null}  null for a blank pad
 */
export function stages() {
  if (prepared.version !== drawing.version) {
    const on = Object.fromEntries(drawing.off.map((name) => [name, false]));
    const made = prepare(drawing.strokes, SIDE, on, drawing.paper === "light");
    prepared = { version: drawing.version, stages: made && remembered(made) };
  }
  return prepared.stages;
}

/** Each step is drawn once, when it is first asked for. @param {Stages} made @returns {Stages} */
function remembered(made) {
  const kept = Object.create(null);
  const out = Object.create(null);
  for (const name of Object.keys(made)) {
    const step = /** @type {keyof Stages} */ (name);
    Object.defineProperty(out, step, { enumerable: true, get: () => (kept[step] ??= made[step]) });
  }
  return out;
}
