// @ts-check
/** Places of a network's picture: input, units, outputs, in CSS pixels. Pure. */

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 * @typedef {{kind: "template" | "dot", units: Box[], title: {x: number, y: number}}} Column
 *   `units` in reading order: down a column, or along a row of an upright picture.
 * @typedef {{place: Box, label: Box, track: Box, value: {x: number, y: number}}} Output
 *   `place` is what is clicked. `track` holds the bar, `label` the class's name, and for softmax
 *   regression a template.
 * @typedef {{width: number, height: number, isUpright: boolean, input: Box, columns: Column[],
 *   outputs: Output[], titles: {input: {x: number, y: number}, outputs: {x: number, y: number}},
 *   isRegression: boolean}} Layout
 */

export const SHOWN = 24; // units of a layer
const NARROW = 420; // below it the picture is upright
const TITLE = 38;
const DOT = 26;
const METER = 7; // beside a template: its activation
const LEAST = 24; // that a finger hits
const LEAST_GAP = 28;
const FIRST = 0.7; // of a gap: between input and units, where lines are few

/**
 * How many units of each hidden layer are shown.
 *
 * @param {ReadonlyArray<number>} units  of the hidden layers
 */
export const shownCounts = (units) =>
  units.map((count, i) => Math.min(count, i && units.length > 2 ? SHOWN / 2 : SHOWN));

/**
 * @param {number} width  that there is
 * @param {ReadonlyArray<number>} counts  of units shown in each hidden layer
 * @param {number} classes
 * @param {boolean} hasLongNames  names of classes do not fit below a narrow bar
 * @returns {Layout}  wider than `width` if there are too many layers
 */
export function layOut(width, counts, classes, hasLongNames) {
  if (!counts.length) return regression(width, classes);
  return width < NARROW
    ? upright(width, counts, classes, hasLongNames)
    : sideways(width, counts, classes);
}

/** @param {number} count @param {number} rows */
const split = (count, rows) => {
  const columns = Math.ceil(count / rows);
  return { columns, rows: Math.ceil(count / columns) };
};

/** @param {number} width @param {ReadonlyArray<number>} counts @param {number} classes @returns {Layout} */
function sideways(width, counts, classes) {
  const height = Math.round(Math.min(Math.max(0.68 * width, 380), 480));
  const inner = height - TITLE;
  const block = Math.min(190, Math.max(140, 0.24 * width)); // of the outputs
  const place = (/** @type {number} */ tallest, /** @type {number} */ side) => {
    const sizes = counts.map((count, i) => {
      const { columns, rows } = split(count, i ? SHOWN / 2 : tallest);
      const pitch = inner / rows;
      const most = i ? DOT : Math.min(84, width / 9);
      const size = Math.floor(Math.min(most, pitch - (rows > 8 ? 4 : 6)));
      const across = size + (i ? 8 : METER + 9);
      return { columns, rows, pitch: Math.min(pitch, i ? pitch : size + 22), size, across };
    });
    const used = sizes.reduce((sum, { columns, across }) => sum + columns * across, side + block);
    return { sizes, side, gap: (width - used) / (counts.length + FIRST) };
  };
  let { sizes, side, gap } = place(8, width < 640 ? 84 : 112);
  if (gap < LEAST_GAP) ({ sizes, side, gap } = place(SHOWN / 2, 56));
  gap = Math.max(LEAST_GAP, gap);
  const input = { x: 1, y: TITLE + (inner - side) / 2, width: side, height: side };
  let x = side + FIRST * gap;
  const columns = sizes.map(({ columns, rows, pitch, size, across }, i) => {
    const top = TITLE + (inner - rows * pitch) / 2;
    const units = Array.from({ length: counts[i] }, (_, at) => ({
      x: x + Math.floor(at / rows) * across,
      y: top + (at % rows) * pitch + (pitch - size) / 2,
      width: size,
      height: size,
    }));
    const title = { x: x + (columns * across - (i ? 8 : METER + 9)) / 2, y: 12 };
    x += columns * across + gap;
    return /** @type {Column} */ ({ kind: i ? "dot" : "template", units, title });
  });
  const all = x + block;
  const pitch = inner / classes;
  const outputs = Array.from({ length: classes }, (_, at) => {
    const y = TITLE + at * pitch;
    return bar({ x, y, width: block, height: pitch }, Math.min(13, pitch - 20));
  });
  const titles = { input: { x: side / 2, y: 12 }, outputs: { x: x + block / 2, y: 12 } };
  return {
    width: Math.max(width, Math.ceil(all)), height, isUpright: false, input, columns, outputs, titles,
    isRegression: false,
  };
}

/** A name and a number above a bar. @param {Box} place @param {number} thickness @returns {Output} */
function bar(place, thickness) {
  const { x, y, width, height } = place;
  const middle = y + height / 2;
  return {
    place: { x, y: y + 1, width, height: height - 2 },
    label: { x: x + 12, y: middle - 16, width: width - 60, height: 15 },
    track: { x: x + 12, y: middle + 2, width: width - 14, height: thickness },
    value: { x: x + width - 2, y: middle - 16 },
  };
}

/**
 * @param {number} width @param {ReadonlyArray<number>} counts @param {number} classes
 * @param {boolean} hasLongNames @returns {Layout}
 */
function upright(width, counts, classes, hasLongNames) {
  const side = 84;
  const gap = 50;
  const input = { x: (width - side) / 2, y: 20, width: side, height: side };
  let y = input.y + side + gap;
  const columns = counts.map((count, i) => {
    const across = Math.min(count, i ? 12 : 8, Math.floor(width / (LEAST + 4 + (i ? 0 : METER))));
    const pitch = width / across;
    const size = Math.floor(Math.min(i ? DOT : 64, pitch - (i ? 4 : 4 + METER)));
    const line = size + (i ? 6 : 8);
    const units = Array.from({ length: count }, (_, at) => ({
      x: (at % across) * pitch + (pitch - size - (i ? 0 : METER)) / 2,
      y: y + Math.floor(at / across) * line,
      width: size,
      height: size,
    }));
    const title = { x: width / 2, y: y - 17 };
    y += Math.ceil(count / across) * line + gap;
    return /** @type {Column} */ ({ kind: i ? "dot" : "template", units, title });
  });
  const pitch = width / classes;
  const tall = 64;
  const names = hasLongNames ? 84 : 18;
  const outputs = Array.from({ length: classes }, (_, at) => {
    const x = at * pitch;
    const track = { x: x + pitch / 2 - 8, y: y + 6, width: 16, height: tall };
    return {
      place: { x: x + 1, y, width: pitch - 2, height: tall + 26 + names },
      track,
      value: { x: x + pitch / 2, y: y + tall + 10 },
      label: { x: x + pitch / 2, y: y + tall + 26, width: pitch, height: names },
    };
  });
  const titles = { input: { x: width / 2, y: 4 }, outputs: { x: width / 2, y: y - 17 } };
  const height = y + tall + 28 + names;
  return { width, height, isUpright: true, input, columns, outputs, titles, isRegression: false };
}

/**
 * The input in the middle, the templates at both sides of it, their bars outside.
 *
 * @param {number} width @param {number} classes @returns {Layout}
 */
function regression(width, classes) {
  const isNarrow = width < NARROW;
  const side = isNarrow ? 60 : 112;
  const gap = isNarrow ? 22 : Math.max(40, 0.08 * width);
  const rows = Math.ceil(classes / 2);
  const template = isNarrow ? 60 : Math.min(84, width / 8);
  const pitch = template + 12;
  const height = TITLE + rows * pitch;
  const middle = TITLE + (rows * pitch - 12) / 2;
  const input = { x: (width - side) / 2, y: middle - side / 2, width: side, height: side };
  const block = (width - side) / 2 - gap - template - 14; // of a bar
  const units = Array.from({ length: classes }, (_, at) => ({
    x: at < rows ? input.x - gap - template : input.x + side + gap,
    y: TITLE + (at % rows) * pitch,
    width: template,
    height: template,
  }));
  const outputs = units.map(({ x, y }, at) => {
    const left = at < rows ? 1 : x + template + 14;
    const [top, right] = [y + template / 2 - 5, left + block - 1];
    return {
      place: { x: left, y, width: block, height: template },
      track: { x: left, y: top, width: block, height: isNarrow ? 10 : 13 },
      label: { x: left, y: top - 18, width: isNarrow ? block : block - 55, height: 15 },
      value: { x: right, y: isNarrow ? top + 14 : top - 18 },
    };
  });
  const titles = {
    input: { x: width / 2, y: input.y - 26 },
    outputs: { x: width / 2, y: 12 },
  };
  /** @type {Column[]} */
  const columns = [{ kind: "template", units, title: titles.outputs }];
  return { width, height, isUpright: false, input, columns, outputs, titles, isRegression: true };
}
