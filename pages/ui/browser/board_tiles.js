// @ts-check
/** Drawings of a class as tiles: live, and as the result of "Draw this" and "Fool the network". */

import { indexOfLargest, makeBars, paint, showBars } from "./bars.js";
import { fit, newestSlots } from "./board_record.js";
import { element, reading, replace, roughly, sketch } from "./board_parts.js";
import { fill, percent } from "./text.js";

/**
 * @typedef {import("./board_record.js").Board} Board
 * @typedef {import("./board_record.js").Drawing} Drawing
 * @typedef {{key: string, name: string, drawing: Drawing, lines: (Node | string)[], mark: string,
 *   more?: string}} Tile  `mark`: "right", "wrong", "fooled" or ""; `more` stands beside the name
 * @typedef {{layers: import("./reader.js").Layer[] | null, words: Record<string, any>,
 *   colours: Record<string, any>, root: HTMLElement}} Context
 * @typedef {{update: (board: Board) => void, end: () => void}} Stage
 */

const GAP = 14; // pixels between tiles
const LARGEST = 300;
const SMALLEST = 64;
const SHORT = 130; // a smaller tile has no room for a probability
const LINE = 0.16; // height of a line of text, as a part of a tile's side

/**
 * Tiles that fill their place; a click brings one large.
 *
 * @param {HTMLElement} place
 * @param {Context} context
 * @param {number} lines  of text below a drawing
 */
function tileGrid(place, context, lines = 2) {
  const grid = element("div", "lab-tiles");
  place.append(grid);
  /** @type {Map<string, {button: HTMLButtonElement, shown: string, tile: Tile}>} */
  const known = new Map();
  let count = 0;
  /** @type {{tile: Tile, dialog: HTMLDialogElement} | null} */
  let large = null;
  const layOut = () => {
    const look = { caption: lines * LINE, gap: GAP, largest: LARGEST };
    const width = grid.clientWidth;
    let { columns, side } = fit(count, width, grid.clientHeight, look);
    if (side < SMALLEST) [side, columns] = [SMALLEST, Math.floor((width + GAP) / (SMALLEST + GAP))];
    grid.dataset.small = String(side < SHORT);
    grid.style.setProperty("--columns", String(Math.max(1, columns)));
    grid.style.setProperty("--side", `${side}px`);
  };
  const watch = new ResizeObserver(layOut);
  watch.observe(grid);
  /** @param {Tile} tile */
  const draw = (tile) => {
    let found = known.get(tile.key);
    if (!found) {
      const button = element("button", "lab-tile", element("canvas"), element("small"), element("b"), element("span"));
      button.type = "button";
      found = { button, shown: "", tile };
      const mine = found;
      button.onclick = () => {
        large = { tile: mine.tile, dialog: bringLarge(mine.tile, context) };
      };
      known.set(tile.key, found);
    }
    found.tile = tile;
    const words = tile.lines.map((line) => (typeof line === "string" ? line : line.textContent));
    const shown = JSON.stringify([tile.name, tile.drawing, words, tile.mark, tile.more]);
    if (shown === found.shown) return found.button;
    found.shown = shown;
    const [canvas, more, name, text] = found.button.children;
    sketch(/** @type {HTMLCanvasElement} */ (canvas), tile.drawing);
    name.textContent = tile.name;
    more.textContent = tile.more ?? "";
    text.replaceChildren(...tile.lines);
    found.button.dataset.mark = tile.mark;
    return found.button;
  };
  return {
    /** @param {Tile[]} tiles */
    show(tiles) {
      // What the teacher hides leaves the projector at once.
      const isThere = tiles.some(({ key, name }) => key === large?.tile.key && name === large.tile.name);
      if (!isThere) large?.dialog.close();
      const buttons = tiles.map(draw);
      const keys = new Set(tiles.map(({ key }) => key));
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
      replace(grid, buttons);
      if (count !== tiles.length) {
        count = tiles.length;
        layOut();
      }
    },
    end() {
      large?.dialog.close();
      watch.disconnect();
    },
  };
}

/** One drawing in the middle of the board, with ten bars. @param {Tile} tile @param {Context} context */
function bringLarge(tile, { layers, words, colours, root }) {
  const dialog = element("dialog", "lab-large");
  const canvas = element("canvas", "lab-large-drawing");
  sketch(canvas, tile.drawing);
  const found = reading(layers, tile.drawing);
  const right = element("div", "lab-large-side", element("h2", "", tile.name || words.drawing));
  right.append(element("p", "lab-large-lines", ...tile.lines.map((line) => (typeof line === "string" ? line : line.cloneNode(true)))));
  if (found && tile.mark) {
    const small = element("canvas");
    small.width = small.height = 28;
    paint(small, found.pixels);
    const bars = element("ol", "lab-bars");
    makeBars(bars, words.digits, colours.classes);
    showBars(bars, found.probabilities);
    const seen = element("figure", "lab-large-seen", small, element("figcaption", "", words.seen));
    right.append(bars, seen);
  }
  const close = element("button", "lab-large-close", "×");
  close.type = "button";
  close.ariaLabel = words.close;
  close.onclick = () => dialog.close();
  dialog.append(canvas, right, close);
  dialog.onclick = ({ target }) => target === dialog && dialog.close();
  dialog.onclose = () => dialog.remove();
  root.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Everybody's newest drawing, and what the network reads.
 *
 * @param {HTMLElement} place
 * @param {Context} context
 * @param {boolean} isSecret  the network's answer is not shown yet
 * @returns {Stage}
 */
export function liveDrawings(place, context, isSecret) {
  const { words } = context;
  const grid = tileGrid(place, context);
  const note = element("p", "lab-board-note");
  place.append(note);
  const newest = newestSlots();
  return {
    update({ members, school }) {
      const count = school?.activity?.settings.count ?? 1;
      const tiles = members.flatMap((member) => {
        const slot = newest(member);
        if (slot === null) return [];
        const drawing = member.drawings[slot];
        const done = Object.keys(member.drawings).length;
        const lines = [];
        let mark = "";
        if (isSecret) lines.push(words.secretLine);
        else {
          const read = reading(context.layers, drawing);
          if (read) {
            const best = indexOfLargest(read.probabilities);
            mark = best === drawing.label ? "right" : "wrong";
            lines.push(...readLine(words, best, read.probabilities[best], mark));
          }
        }
        const more = count > 1 ? `${done}/${count}` : "";
        return [{ key: member.id, name: member.name, drawing, lines, mark, more }];
      });
      grid.show(tiles);
      note.textContent = tiles.length ? "" : words.noDrawings;
    },
    end: grid.end,
  };
}

/** @param {Record<string, any>} words @param {number} digit @param {number} probability @param {string} mark */
function readLine(words, digit, probability, mark) {
  const sign = element("i", "", mark === "right" ? "✓" : "✗");
  sign.ariaHidden = "true";
  const short = element("span", "lab-tile-short", fill(words.readsShort, { digit }));
  const full = element("span", "lab-tile-full", fill(words.reads, { digit, percent: roughly(probability) }));
  return [sign, " ", short, full];
}

/**
 * The result of "Draw this": two bars, and the mistakes.
 *
 * @param {HTMLElement} place
 * @param {Context} context
 * @returns {Stage}
 */
export function drawnResult(place, context) {
  const { words, colours } = context;
  place.classList.add("lab-board-sides");
  const side = element("div", "lab-board-figures");
  const main = element("div", "lab-board-main");
  place.append(side, main);
  const title = element("h2");
  main.append(title);
  const grid = tileGrid(main, context);
  return {
    update({ members, school }) {
      const result = school?.activity?.result;
      if (!result) {
        title.textContent = words.noDrawings;
        return;
      }
      const share = result.correct / result.all;
      const bars = [];
      if (result.test !== null) bars.push(bar(words.test[result.dataset] ?? fill(words.testOf, { dataset: result.dataset }), percent(result.test), result.test, null, colours.test));
      const detail = fill(words.someOf, { n: result.correct, all: result.all });
      bars.push(bar(words.ours, percent(share), share, result.interval, colours.ours, detail));
      const [low, high] = result.interval.map(percent);
      bars.push(element("p", "", fill(words.interval, { low, high })));
      side.replaceChildren(...bars);
      const found = of(members);
      const shown = result.mistakes.flatMap((/** @type {any} */ mistake) => {
        const member = found.get(mistake.member);
        const drawing = member?.drawings[mistake.slot];
        if (!member || !drawing) return [];
        const line = fill(words.mistake, { ...mistake, percent: roughly(mistake.confidence) });
        const key = `${mistake.member}/${mistake.slot}`;
        return [{ key, name: member.name, drawing, lines: [line], mark: "wrong" }];
      });
      title.textContent = shown.length
        ? fill(words.mistakes, { n: result.all - result.correct })
        : words.noMistakes;
      grid.show(shown);
    },
    end: grid.end,
  };
}

/**
 * The result of "Fool the network": drawings that the class reads and the network misreads first.
 *
 * @param {HTMLElement} place
 * @param {Context} context
 * @returns {Stage}
 */
export function fooledResult(place, context) {
  const { words } = context;
  const title = element("h2");
  place.append(title);
  const grid = tileGrid(place, context, 3);
  return {
    update({ members, school }) {
      const result = school?.activity?.result;
      const found = of(members);
      const tiles = (result?.drawings ?? []).flatMap((/** @type {any} */ each) => {
        const member = found.get(each.member);
        const drawing = member?.drawings[each.slot];
        if (!member || !drawing) return [];
        const all = each.votes.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
        const voted = each.class === null ? words.noVote : fill(words.voted, { digit: each.class, n: each.votes[each.class], all });
        const read = fill(words.networkReads, { digit: each.read, percent: roughly(each.confidence) });
        const mark = each.fooled ? "fooled" : each.read === each.label ? "right" : "wrong";
        const key = `${each.member}/${each.slot}`;
        const lines = [read, element("br"), voted];
        return [{ key, name: member.name, drawing, lines, mark }];
      });
      title.textContent = result ? fill(words.fooled, { n: result.fooled, all: tiles.length }) : words.noDrawings;
      grid.show(tiles);
    },
    end: grid.end,
  };
}

/** @param {import("./board_record.js").Member[]} members */
const of = (members) => new Map(members.map((member) => [member.id, member]));

/**
 * @param {string} name
 * @param {string} value
 * @param {number} share  in [0, 1]
 * @param {[number, number] | null} interval
 * @param {string} colour
 * @param {string} detail
 */
function bar(name, value, share, interval, colour, detail = "") {
  const filled = element("i");
  filled.style.width = `${100 * share}%`;
  filled.style.background = colour;
  const track = element("span", "lab-figure-track", filled);
  if (interval) {
    const whisker = element("u");
    whisker.style.left = `${100 * interval[0]}%`;
    whisker.style.width = `${100 * (interval[1] - interval[0])}%`;
    track.append(whisker);
  }
  const head = element("p", "lab-figure-head", element("span", "", name), element("b", "", value));
  return element("div", "lab-figure", head, track, element("small", "", detail));
}
