// @ts-check
/**
 * From strokes to 28x28 pixels to probabilities, in the browser. No dependencies, no DOM.
 *
 * The preparation is that of training/images/preparation.py, operation for operation: both give
 * the same bytes. The network is a chain of dense layers, as in
 * model_store/inference/classifier.py.
 */

export const SIDE = 28;
const BOX = 20;
const FINE = 8; // sample points along a pixel's side
const FULL = FINE * FINE;
const MIDDLE = 14; // pixel index of MNIST's centre of mass
const PEN = 0.11; // the line's width by the digit's longer side, as in MNIST
const LEAST = 1e-9; // a shorter line is a dot, and smaller ink is none
const APART = 0.1; // gap between two digits, by the height of all strokes
const HIGH = 0.5; // least height of a digit, by the same
export const STEPS = Object.freeze(["raw", "evened", "cropped", "scaled", "centred"]);

/**
 * @typedef {{points: ReadonlyArray<readonly number[]>, width: number}} Stroke
 *   Line of the pen: points [x, y], y downwards, and the pen's width, in units of the canvas.
 * @typedef {{evened?: boolean, cropped?: boolean, scaled?: boolean, centred?: boolean}} Switches
 *   Preparation steps; one that is false passes on its input.
 * @typedef {{raw: Uint8Array, evened: Uint8Array, cropped: Uint8Array, scaled: Uint8Array,
 *   centred: Uint8Array}} Stages  Image after each step: 784 bytes, 255 is ink.
 * @typedef {{x: number, y: number, scale: number, cols: number, rows: number}} View
 *   Rectangle of the canvas, drawn as `cols` x `rows` pixels: (x, y) is in the middle, a unit is
 *   `scale` sample points.
 * @typedef {{rows: number, cols: number, counts: Int32Array}} Grid
 * @typedef {{units: number, activation: string, pixelNorm?: string, folded?: boolean}} Shape
 *   Of a layer; the first one's `pixelNorm` is what pixels are divided by: "columns", "image".
 *   `folded`: batch normalisation is part of its weights.
 * @typedef {Shape & {inputs: number, kernel: Float32Array, bias: Float32Array}} Layer
 *   A dense layer; kernel [inputs, units], row by row.
 */

/**
 * Prepare the strokes on a square canvas. An image is drawn when it is read, at each reading.
 *
 * @param {ReadonlyArray<Stroke>} strokes
 * @param {number} side  of the canvas, in the strokes' units
 * @param {Switches} [on]
 * @param {boolean} [darkInk]  ink on light paper, which the first step inverts
 * @returns {Stages | null}  null if there is no ink
 */
export function prepare(strokes, side, on = {}, darkInk = false) {
  const given = strokes.filter((stroke) => stroke.points.length);
  if (!given.length) return null;
  const isOn = (/** @type {keyof Switches} */ name) => on[name] !== false;
  const drawn = isOn("evened") ? evenPen(given) : given;
  const inverted = darkInk && !isOn("evened");
  const box = isOn("scaled") ? BOX : SIDE;
  const cropped = isOn("cropped") && !inverted;
  const whole = canvasView(side, SIDE);
  const view = cropped ? inkView(drawn, box) : canvasView(side, box);
  if (!view) return null;
  const counts = count(drawn, view, inverted);
  if (isOn("cropped") && !counts.counts.some(Boolean)) return null;
  return {
    get raw() {
      return paste(count(given, whole, darkInk), false);
    },
    get evened() {
      return paste(count(drawn, whole, inverted), false);
    },
    get cropped() {
      return paste(count(drawn, (cropped && inkView(drawn, SIDE)) || whole, inverted), false);
    },
    get scaled() {
      return paste(counts, false);
    },
    get centred() {
      return paste(counts, isOn("centred"));
    },
  };
}

/**
 * Draw the strokes with a pen that suits the digit's size, as in MNIST. A drawing no larger than
 * its pen is wide, such as a dot, stays as it is.
 *
 * @param {ReadonlyArray<Stroke>} strokes  none without a point
 * @returns {ReadonlyArray<Stroke>}
 */
export function evenPen(strokes) {
  const { x0, x1, y0, y1 } = bounds(strokes, () => 0);
  const extent = Math.max(x1 - x0, y1 - y0);
  if (extent <= Math.max(...strokes.map((stroke) => stroke.width))) return strokes;
  return strokes.map((stroke) => ({ points: stroke.points, width: PEN * extent }));
}

/** @param {ReadonlyArray<Stroke>} strokes @param {(stroke: Stroke) => number} radius */
function bounds(strokes, radius) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const stroke of strokes) {
    const r = radius(stroke);
    for (const [x, y] of stroke.points) {
      x0 = Math.min(x0, x - r);
      x1 = Math.max(x1, x + r);
      y0 = Math.min(y0, y - r);
      y1 = Math.max(y1, y + r);
    }
  }
  return { x0, x1, y0, y1 };
}

/**
 * How many digits the strokes are: groups of them side by side, each at least half as high as all.
 *
 * A 4, 5 or 7 in two strokes is one: of 7,494 digits from a tablet one was called two, and of 2,000
 * pairs of them 97 % were.
 *
 * @param {ReadonlyArray<Stroke>} strokes  none without a point
 * @returns {number}
 */
export function countDigits(strokes) {
  const boxes = strokes.map((stroke) => bounds([stroke], () => 0)).sort((a, b) => a.x0 - b.x0);
  const top = Math.min(...boxes.map(({ y0 }) => y0));
  const bottom = Math.max(...boxes.map(({ y1 }) => y1));
  const height = bottom - top;
  /** @type {typeof boxes} */
  const groups = [];
  for (const box of boxes) {
    const last = groups[groups.length - 1];
    if (!last || box.x0 - last.x1 > APART * height) groups.push({ ...box });
    else {
      last.x1 = Math.max(last.x1, box.x1);
      last.y0 = Math.min(last.y0, box.y0);
      last.y1 = Math.max(last.y1, box.y1);
    }
  }
  return groups.filter(({ y0, y1 }) => y1 - y0 >= HIGH * height).length;
}

/** @param {number} side @param {number} box @returns {View} */
function canvasView(side, box) {
  return { x: side / 2, y: side / 2, scale: (box * FINE) / side, cols: box, rows: box };
}

/**
 * @param {ReadonlyArray<Stroke>} strokes
 * @param {number} box  pixels of the ink's longer side
 * @returns {View | null}  the ink's bounding box; null if it is too small to be ink
 */
function inkView(strokes, box) {
  const { x0, x1, y0, y1 } = bounds(strokes, (stroke) => stroke.width / 2);
  const extent = Math.max(x1 - x0, y1 - y0);
  if (!(extent >= LEAST)) return null;
  const scale = (box * FINE) / extent;
  const cols = Math.max(1, Math.floor(((x1 - x0) * scale) / FINE + 0.5));
  const rows = Math.max(1, Math.floor(((y1 - y0) * scale) / FINE + 0.5));
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, scale, cols, rows };
}

/**
 * Count the sample points of each pixel, 0 to 64, that are ink, or paper if `inverted`.
 *
 * @param {ReadonlyArray<Stroke>} strokes
 * @param {View} view
 * @param {boolean} inverted
 * @returns {Grid}
 */
function count(strokes, view, inverted) {
  const { scale, cols, rows } = view;
  const width = cols * FINE;
  const height = rows * FINE;
  const ink = new Uint8Array(width * height);
  for (const stroke of strokes) {
    const radius = (stroke.width / 2) * scale;
    const near = radius * radius;
    const { points } = stroke;
    for (let i = 0; i < Math.max(1, points.length - 1); i++) {
      const a = points[i];
      const b = points[i + 1] ?? a;
      const ax = (a[0] - view.x) * scale + width / 2;
      const ay = (a[1] - view.y) * scale + height / 2;
      const bx = (b[0] - view.x) * scale + width / 2;
      const by = (b[1] - view.y) * scale + height / 2;
      const fromX = Math.max(0, Math.floor(Math.min(ax, bx) - radius));
      const toX = Math.min(width, Math.ceil(Math.max(ax, bx) + radius) + 1);
      const fromY = Math.max(0, Math.floor(Math.min(ay, by) - radius));
      const toY = Math.min(height, Math.ceil(Math.max(ay, by) + radius) + 1);
      const dx = bx - ax;
      const dy = by - ay;
      const length = dx * dx + dy * dy;
      const far = length > LEAST;
      for (let row = fromY; row < toY; row++) {
        const y = row + 0.5;
        for (let col = fromX, at = row * width + fromX; col < toX; col++, at++) {
          if (ink[at]) continue;
          const x = col + 0.5;
          let along = far ? ((x - ax) * dx + (y - ay) * dy) / length : 0;
          along = along < 0 ? 0 : along > 1 ? 1 : along;
          const awayX = x - (ax + along * dx);
          const awayY = y - (ay + along * dy);
          if (awayX * awayX + awayY * awayY <= near) ink[at] = 1;
        }
      }
    }
  }
  const counts = new Int32Array(rows * cols);
  for (let y = 0, at = 0; y < height; y++) {
    const line = ((y / FINE) | 0) * cols;
    for (let x = 0; x < width; x++, at++) counts[line + ((x / FINE) | 0)] += ink[at];
  }
  if (inverted) for (let i = 0; i < counts.length; i++) counts[i] = FULL - counts[i];
  return { rows, cols, counts };
}

/**
 * Place counts, at most 28x28, as bytes on black.
 *
 * @param {Grid} grid
 * @param {boolean} centre  the centre of mass is in the middle, else the rectangle
 * @returns {Uint8Array}
 */
function paste({ rows, cols, counts }, centre) {
  let [r0, r1, c0, c1] = [rows, -1, cols, -1];
  let [total, rowSum, colSum] = [0, 0, 0];
  for (let row = 0, at = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, at++) {
      const value = counts[at];
      if (!value) continue;
      [r0, r1] = [Math.min(r0, row), Math.max(r1, row)];
      [c0, c1] = [Math.min(c0, col), Math.max(c1, col)];
      total += value;
      rowSum += value * row;
      colSum += value * col;
    }
  }
  let top = Math.floor((SIDE - rows) / 2);
  let left = Math.floor((SIDE - cols) / 2);
  if (centre && total) {
    const row = (rowSum - r0 * total) / total; // from the first line that has ink
    const col = (colSum - c0 * total) / total;
    const clamp = (/** @type {number} */ value, /** @type {number} */ size) =>
      Math.min(Math.max(Math.floor(MIDDLE - value + 0.5), 0), SIDE - size);
    top = clamp(row, r1 - r0 + 1) - r0;
    left = clamp(col, c1 - c0 + 1) - c0;
  }
  const out = new Uint8Array(SIDE * SIDE);
  for (let row = r0; row <= r1; row++) {
    for (let col = c0; col <= c1; col++) {
      const value = counts[row * cols + col];
      out[(top + row) * SIDE + left + col] = Math.floor((value * 510 + FULL) / (2 * FULL));
    }
  }
  return out;
}

/** erf by its series of positive terms: exact to the last digits of a double. @param {number} x */
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** @param {number} x */
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** @param {number} x */
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** @param {number} x @param {number} low @param {number} high */
const clip = (x, low, high) => Math.min(Math.max(x, low), high);

/** As in model_store/inference/classifier.py. @type {Readonly<Record<string, (x: number) => number>>} */
export const ACTIVATIONS = Object.freeze({
  relu: (x) => (x > 0 ? x : 0),
  tanh: Math.tanh,
  sigmoid,
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  silu: (x) => x * sigmoid(x),
  linear: (x) => x,
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  softplus,
  softsign: (x) => x / (1 + Math.abs(x)),
  exponential: Math.exp,
  mish: (x) => x * Math.tanh(softplus(x)),
  relu6: (x) => clip(x, 0, 6),
  hard_sigmoid: (x) => clip(x / 6 + 0.5, 0, 1),
  hard_silu: (x) => x * clip(x / 6 + 0.5, 0, 1),
  hard_tanh: (x) => clip(x, -1, 1),
  log_sigmoid: (x) => -softplus(-x),
  squareplus: (x) => (x + Math.sqrt(x * x + 4)) / 2,
  sparse_plus: (x) => (x < 1 ? Math.max(x + 1, 0) ** 2 / 4 : x),
  sparse_sigmoid: (x) => clip((x + 1) / 2, 0, 1),
  soft_shrink: (x) => Math.sign(x) * Math.max(Math.abs(x) - 0.5, 0),
  hard_shrink: (x) => (Math.abs(x) > 0.5 ? x : 0),
  tanh_shrink: (x) => x - Math.tanh(x),
});

/**
 * The function of a layer's activation: one of `ACTIVATIONS`, leaky_relu(0.3) or elu(0.5).
 *
 * @param {string} name
 * @returns {(x: number) => number}
 */
export function activation(name) {
  const [kind, number] = name.split(/[()]/);
  if (number === undefined) return ACTIVATIONS[name];
  const slope = Number(number);
  return kind === "elu"
    ? (x) => (x > 0 ? x : slope * Math.expm1(x))
    : (x) => (x > 0 ? x : slope * x);
}

/**
 * Numbers of 16 bits (IEEE 754 half precision) as float32.
 *
 * @param {Uint16Array} halves
 * @returns {Float32Array}
 */
export function fromHalves(halves) {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (!exponent) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/**
 * The layers in a flat list of numbers: for each its kernel, row by row, then its bias.
 *
 * @param {Float32Array} weights
 * @param {ReadonlyArray<Shape>} layers  the last one is the softmax
 * @returns {Layer[]}
 */
export function readLayers(weights, layers) {
  let at = 0;
  let inputs = SIDE * SIDE;
  const take = (/** @type {number} */ n) => weights.subarray(at, (at += n));
  const found = layers.map((shape) => {
    const { units } = shape;
    const layer = { ...shape, inputs, kernel: take(inputs * units), bias: take(units) };
    inputs = units;
    return layer;
  });
  if (at !== weights.length) throw new Error("These weights are another network's.");
  return found;
}

/**
 * What the first layer reads: pixels from 0 to 1, divided as the network does it.
 *
 * @param {ReadonlyArray<Layer>} layers
 * @param {Uint8Array} pixels  784 bytes
 * @returns {Float32Array}
 */
export function unitPixels(layers, pixels) {
  const x = Float32Array.from(pixels, (value) => value / 255);
  const { pixelNorm } = layers[0];
  if (!pixelNorm) return x;
  const group = (/** @type {number} */ at) => (pixelNorm === "columns" ? at % SIDE : 0);
  const squares = new Float64Array(SIDE);
  x.forEach((value, at) => (squares[group(at)] += value * value));
  return x.map((value, at) => value && value / Math.sqrt(squares[group(at)]));
}

/**
 * What each layer puts out for one image: hidden activations, then the logits.
 *
 * @param {ReadonlyArray<Layer>} layers
 * @param {Uint8Array} pixels  784 bytes
 * @returns {Float32Array[]}
 */
export function activations(layers, pixels) {
  /** @type {Float32Array} */
  let x = unitPixels(layers, pixels);
  return layers.map(({ inputs, units, kernel, bias, activation: name }, index) => {
    const y = new Float64Array(bias);
    for (let i = 0; i < inputs; i++) {
      const value = x[i];
      if (!value) continue; // paper, and units that are silent
      for (let j = 0, at = i * units; j < units; j++, at++) y[j] += value * kernel[at];
    }
    x = Float32Array.from(index < layers.length - 1 ? y.map(activation(name)) : y);
    return x;
  });
}

/**
 * @param {ArrayLike<number>} logits
 * @returns {Float32Array}  probabilities that add up to 1
 */
export function softmax(logits) {
  const highest = Math.max(...Array.from(logits));
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

/**
 * @param {ReadonlyArray<Layer>} layers
 * @param {Uint8Array} pixels  784 bytes
 * @returns {Float32Array}  one probability for each class
 */
export function probabilities(layers, pixels) {
  return softmax(activations(layers, pixels)[layers.length - 1]);
}
