// @ts-check
/** A class and its members as the board sees them, from their topics. No DOM. */

import { subscribe } from "./live.js";

/**
 * @typedef {{label: number, strokes: {points: number[][], width: number}[], ink: string}} Drawing
 * @typedef {{id: string, name: string, at: number, drawings: Record<string, Drawing>, given: number,
 *   run: string, lesson: [number, number] | null, option?: number, points?: number[]}} Member
 * @typedef {{id: string, kind: string, settings: Record<string, any>, started: number,
 *   ends: number | null, open: boolean, revealed: boolean, result: any}} Activity
 * @typedef {{name: string, code: string, closed: boolean, paused: boolean, members: number,
 *   activity: Activity | null}} SchoolClass
 * @typedef {{school: SchoolClass | null, gone: boolean, members: Member[], named: boolean,
 *   ahead: number}} Board
 *   `members` in the order in which they came; `named`: curves have names; `ahead`: seconds by which
 *   the server's clock is before this one's
 */

/**
 * Follow the board of a class.
 *
 * @param {string} code
 * @param {(board: Board) => void} watcher  is called at each change
 * @returns {() => void}  ends it
 */
export function follow(code, watcher) {
  /** @type {Map<string, Member>} */
  let members = new Map();
  /** @type {Board} */
  const board = { school: null, gone: false, members: [], named: true, ahead: 0 };
  const ends = [
    subscribe(`class:${code}`, ({ value, gone, now }) => {
      if (now !== undefined) board.ahead = now - Date.now() / 1000;
      board.gone = Boolean(gone) || value === null;
      board.school = value ?? null;
      watcher(board);
    }),
    subscribe(`board:${code}`, ({ snapshot, value, parts }) => {
      if (!value || !parts) return;
      if (snapshot) members = new Map();
      for (const member of parts) members.set(member.id, member);
      board.members = [...members.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
      board.named = value.named_curves;
      watcher(board);
    }),
  ];
  return () => ends.forEach((end) => end());
}

/**
 * Return the slot that changed last of each member's drawings: at first the last one.
 *
 * @returns {(member: Member) => string | null}  null without a drawing
 */
export function newestSlots() {
  /** @type {Map<string, {seen: Record<string, string>, slot: string | null}>} */
  const known = new Map();
  return ({ id, drawings }) => {
    const before = known.get(id) ?? { seen: {}, slot: null };
    const seen = Object.fromEntries(
      Object.entries(drawings).map(([slot, drawing]) => [slot, JSON.stringify(drawing)]),
    );
    const changed = Object.keys(seen).filter((slot) => seen[slot] !== before.seen[slot]);
    const kept = before.slot !== null && before.slot in seen ? before.slot : null;
    const slot = changed.at(-1) ?? kept ?? Object.keys(seen).at(-1) ?? null;
    known.set(id, { seen, slot });
    return slot;
  };
}

/**
 * Return how many columns let `count` tiles be largest in a box.
 *
 * @param {number} count
 * @param {number} width  of the box
 * @param {number} height  of the box
 * @param {{caption: number, gap: number, largest: number}} look  height below a tile's square, as a
 *   part of its side; space between tiles; a tile's greatest width
 * @returns {{columns: number, side: number}}  `side` of a tile's square
 */
export function fit(count, width, height, { caption, gap, largest }) {
  let best = { columns: 1, side: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const wide = (width - gap * (columns - 1)) / columns;
    const high = (height - gap * (rows - 1)) / rows / (1 + caption);
    const side = Math.floor(Math.min(wide, high, largest));
    if (side > best.side) best = { columns, side };
  }
  return best;
}
