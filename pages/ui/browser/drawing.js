// @ts-check
/** The drawing on the pad, shared by all parts of a page: strokes, paper, preparation steps. */

import { prepare } from "./reader.js";

/** @typedef {import("./reader.js").Stroke} Stroke */
/** @typedef {import("./reader.js").Stages} Stages */
/**
 * @typedef {{strokes: ReadonlyArray<Stroke>, paper: string, off: ReadonlyArray<string>,
 *   down: boolean, sample: boolean, mount: string, version: number}} Drawing
 *   `off` names the preparation steps that are switched off; `down` is true while the pen is on the
 *   pad; a `sample` was drawn by the page, not by a person; `mount` names the canvas that has it.
 * @typedef {{undo: () => void, clear: () => void, line: (points: number[][]) => void,
 *   take: () => {strokes: ReadonlyArray<Stroke>, cleared: boolean}}} Pad
 *   `take` empties the pad where it can, and returns what was on it.
 */

export const SIDE = 280; // units of the pad's side
const FRAME = 16; // milliseconds from one call of the watchers to the next, at least
const PAUSE = 3; // times as long as they take: slow computers wait for the frame

/** @type {Drawing} */
let drawing = {
  strokes: [],
  paper: "dark",
  off: [],
  down: false,
  sample: false,
  mount: "",
  version: 0,
};
/** @type {{version: number, stages: Stages | null}} */
let prepared = { version: -1, stages: null };
/** @type {Set<(drawing: Drawing) => void>} */
const watchers = new Set();
/** @type {Set<object>} */
const needs = new Set();
/** @type {Pad | null} */
let mounted = null;
let due = false;
let free = 0; // when watchers may be called again at once

/** @returns {Drawing} */
export const current = () => drawing;

/** True if nobody has drawn anything. */
export const isBlank = () => !drawing.strokes.length || drawing.sample;

/**
 * Change the drawing; watchers are called at the next frame, or at once while the pen moves.
 *
 * @param {Partial<Drawing>} change
 */
export function change(change) {
  drawing = { ...drawing, ...change, version: drawing.version + 1 };
  announce();
}

function announce() {
  if (due) return;
  if (drawing.down && performance.now() >= free) return tell(); // before the frame that paints it
  due = true;
  requestAnimationFrame(() => {
    due = false;
    tell();
  });
}

function tell() {
  const began = performance.now();
  watchers.forEach((watcher) => watcher(drawing));
  free = began + Math.max(FRAME, PAUSE * (performance.now() - began));
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
 * Say that the server must answer strokes, because `who` cannot; or no longer.
 *
 * @param {object} who
 * @param {boolean} isNeeded
 */
export function needServer(who, isNeeded) {
  if (needs.has(who) === isNeeded) return;
  if (isNeeded) needs.add(who);
  else needs.delete(who);
  announce();
}

/** True if the server must answer strokes. */
export const serverIsNeeded = () => needs.size > 0;

/** The pad on this page, null if there is none. */
export const pad = () => mounted;

/**
 * @param {Pad} actions  of the pad on this page
 * @returns {() => void}  takes it off the page
 */
export function mountPad(actions) {
  mounted = actions;
  return () => {
    if (mounted === actions) mounted = null;
  };
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
