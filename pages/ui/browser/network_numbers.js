// @ts-check
/**
 * Numbers behind the picture of a network: which units matter, and how a unit and the softmax come
 * to theirs, written such that what is printed can be checked by hand. No DOM.
 */

import { activation, activations, softmax, unitPixels } from "./reader.js";

/** @typedef {import("./reader.js").Layer} Layer */
/**
 * @typedef {{x: Float32Array, outputs: Float32Array[], probabilities: Float32Array}} Flow
 *   One picture on its way: 784 inputs from 0 to 1, what each layer puts out (the last one: the
 *   scores), and the probabilities.
 * @typedef {{input: number, value: string, weight: string, product: string}} Term
 * @typedef {{terms: Term[], others: number, rest: string, bias: string, sum: string,
 *   output: string}} UnitByHand
 *   `terms`, `rest` and `bias` add up to `sum`, and each product is that of its two factors, to
 *   the last digit printed. `others` is how many inputs are in `rest`; with none of them it is
 *   the rounding of the terms, "" if there is none.
 * @typedef {{scores: string[], shifted: string[], powers: string[], sum: string,
 *   probabilities: string[], total: string, isAdjusted: boolean}} SoftmaxByHand
 *   Each column is computed from the one before, as printed. Probabilities are percentages;
 *   `isAdjusted` if some differ from their nearest number by one in the last digit, so that all
 *   add up to 100.
 */

const KEEP = 0.7; // of the importance that the best choice has: below it another choice is made
const SATURATED = 0.99; // part of the weights whose colour is not yet full
const SAMPLE = 4096; // weights that are looked at for it
const DIGITS = 5; // decimals of sums, weights and scores
const POWER_DIGITS = 7;
const PERCENT_DIGITS = [2, 3, 4, 5, 6];

/**
 * @param {ReadonlyArray<Layer>} layers
 * @param {Uint8Array} pixels  784 bytes
 * @returns {Flow}
 */
export function flow(layers, pixels) {
  const outputs = activations(layers, pixels);
  return { x: unitPixels(layers, pixels), outputs, probabilities: softmax(outputs[outputs.length - 1]) };
}

/** 0 for what is no finite number. @param {number} value */
export const finite = (value) => (Number.isFinite(value) ? value : 0);

/**
 * How much each hidden unit matters. With a picture: its activation times all paths of weights to
 * the classes, each class by its probability. Without: the norm of its weights in times that of
 * its weights out.
 *
 * @param {ReadonlyArray<Layer>} layers
 * @param {Flow | null} flow
 * @returns {Float64Array[]}  for each hidden layer, 0 or more for each unit
 */
export function importance(layers, flow) {
  const last = layers.length - 1;
  if (!flow) return layers.slice(0, last).map((layer, i) => strength(layer, layers[i + 1]));
  /** @type {Float64Array[]} */
  const found = [];
  let after = Float64Array.from(flow.probabilities, finite);
  for (let i = last - 1; i >= 0; i--) {
    const { units, kernel } = layers[i + 1];
    const output = flow.outputs[i];
    const paths = new Float64Array(output.length);
    for (let j = 0; j < paths.length; j++) {
      if (!output[j]) continue; // a silent unit changes nothing
      let sum = 0;
      for (let k = 0, at = j * units; k < units; k++) sum += Math.abs(kernel[at + k]) * after[k];
      paths[j] = finite(sum);
    }
    found.unshift(paths.map((path, j) => finite(path * Math.abs(output[j]))));
    after = paths;
  }
  return found;
}

/** @param {Layer} layer @param {Layer} next */
function strength(layer, next) {
  const into = new Float64Array(layer.units);
  layer.kernel.forEach((weight, at) => (into[at % layer.units] += weight * weight));
  return into.map((square, unit) => {
    const out = next.kernel.subarray(unit * next.units, (unit + 1) * next.units);
    return finite(Math.sqrt(square * out.reduce((sum, weight) => sum + weight * weight, 0)));
  });
}

/**
 * The places of the largest values, the largest first; of equal ones the first.
 *
 * @param {ArrayLike<number>} values
 * @param {number} count
 */
export function largest(values, count) {
  /** @type {number[]} */
  const best = [];
  for (let i = 0; i < values.length; i++) {
    if (best.length === count && values[i] <= values[best[count - 1]]) continue;
    let at = best.length;
    while (at > 0 && values[best[at - 1]] < values[i]) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}

/**
 * Choose the units to show, and leave them where they are as long as they matter enough.
 *
 * @param {ReadonlyArray<number> | null} shown  units in their places until now
 * @param {ArrayLike<number>} scores  how much each unit matters, 0 or more
 * @param {number} count
 * @param {ReadonlyArray<number>} [pinned]  units that stay if they are shown
 * @returns {ReadonlyArray<number>}  `shown` itself if nothing changes
 */
export function choose(shown, scores, count, pinned = []) {
  const best = largest(scores, count);
  if (shown?.length !== best.length || shown.some((unit) => unit >= scores.length)) return best;
  const sum = (/** @type {ReadonlyArray<number>} */ units) =>
    units.reduce((all, unit) => all + scores[unit], 0);
  if (sum(shown) >= KEEP * sum(best)) return shown;
  const stay = shown.map((unit) => pinned.includes(unit) || best.includes(unit));
  const newcomers = best.filter((unit) => !shown.includes(unit));
  return shown.map((unit, i) => (stay[i] ? unit : /** @type {number} */ (newcomers.shift())));
}

/**
 * The absolute weight that gets the full colour: nearly the largest, above 0.
 *
 * @param {Float32Array} kernel
 */
export function colourScale(kernel) {
  const count = Math.min(SAMPLE, kernel.length);
  const spread = (/** @type {number} */ i) =>
    count < kernel.length ? Math.floor(kernel.length * ((i * 0.618033988749895) % 1)) : i;
  const found = Float32Array.from({ length: count }, (_, i) => Math.abs(kernel[spread(i)]));
  const nonzero = found.filter((weight) => weight > 0 && Number.isFinite(weight)).sort();
  return nonzero.length ? nonzero[Math.floor(SATURATED * (nonzero.length - 1))] : 1;
}

/**
 * Paint signed values as pixels: transparent at 0, in the full colour of their sign at `scale`.
 *
 * @param {ArrayLike<number>} values
 * @param {number} scale
 * @param {{positive: readonly number[], negative: readonly number[]}} colours  red, green, blue
 * @param {Uint8ClampedArray} into  four bytes for each value
 */
export function signedPixels(values, scale, { positive, negative }, into) {
  for (let i = 0, at = 0; i < values.length; i++, at += 4) {
    const colour = values[i] > 0 ? positive : negative;
    into[at] = colour[0];
    into[at + 1] = colour[1];
    into[at + 2] = colour[2];
    into[at + 3] = (255 * Math.abs(values[i])) / scale;
  }
}

/**
 * The weights into one unit.
 *
 * @param {Layer} layer
 * @param {number} unit
 * @returns {Float32Array}  one for each input
 */
export function weightsInto({ inputs, units, kernel }, unit) {
  const weights = new Float32Array(inputs);
  for (let i = 0; i < inputs; i++) weights[i] = kernel[i * units + unit];
  return weights;
}

/**
 * What each input adds to a unit's weighted sum.
 *
 * @param {Layer} layer
 * @param {ArrayLike<number>} x
 * @param {number} unit
 * @returns {Float64Array}
 */
export function contributions({ inputs, units, kernel }, x, unit) {
  const terms = new Float64Array(inputs);
  for (let i = 0; i < inputs; i++) terms[i] = x[i] * kernel[i * units + unit];
  return terms;
}

/**
 * A unit's output, in numbers that add up as printed.
 *
 * @param {Layer} layer
 * @param {ArrayLike<number>} x  what goes in
 * @param {number} unit
 * @param {number} count  of terms to print, those that add or take away most
 * @param {boolean} [isScore]  of the last layer, whose output is its sum
 * @returns {UnitByHand | null}  null if a number is too large to be one
 */
export function unitByHand(layer, x, unit, count, isScore = false) {
  const all = contributions(layer, x, unit);
  const sum = all.reduce((a, b) => a + b, layer.bias[unit]);
  const output = isScore ? sum : activation(layer.activation)(sum);
  if (!Number.isFinite(sum) || !Number.isFinite(output)) return null;
  const sizes = all.map(Math.abs);
  const most = largest(sizes, count).filter((input) => sizes[input] > 0);
  const unitOfProducts = 10n ** BigInt(DIGITS);
  let rest = fixed(sum, DIGITS) - fixed(layer.bias[unit], DIGITS);
  const terms = most.map((input) => {
    const value = fixed(x[input], DIGITS);
    const weight = fixed(layer.kernel[input * layer.units + unit], DIGITS);
    const product = quotient(value * weight, unitOfProducts);
    rest -= product;
    return {
      input,
      value: written(value, DIGITS),
      weight: written(weight, DIGITS),
      product: written(product, DIGITS, true),
    };
  });
  const others = sizes.reduce((n, size) => n + Number(size > 0), 0) - most.length;
  return {
    terms,
    others,
    rest: others || rest ? written(rest, DIGITS, true) : "",
    bias: written(fixed(layer.bias[unit], DIGITS), DIGITS, true),
    sum: written(fixed(sum, DIGITS), DIGITS),
    output: written(fixed(output, DIGITS), DIGITS),
  };
}

/**
 * The softmax of scores, in numbers that can be checked by hand.
 *
 * @param {ArrayLike<number>} scores
 * @returns {SoftmaxByHand | null}  null if a score is too large to be a number
 */
export function softmaxByHand(scores) {
  if (!Array.from(scores).every(Number.isFinite)) return null;
  const rounded = Array.from(scores, (score) => fixed(score, DIGITS));
  const highest = rounded.reduce((a, b) => (b > a ? b : a));
  const shifted = rounded.map((score) => score - highest);
  const power = (/** @type {bigint} */ exponent) => Math.exp(Number(exponent) / 10 ** DIGITS);
  const powers = shifted.map((exponent) => fixed(power(exponent), POWER_DIGITS));
  const sum = powers.reduce((a, b) => a + b);
  const { parts, digits, isAdjusted } = percentages(powers, sum);
  return {
    scores: rounded.map((score) => written(score, DIGITS)),
    shifted: shifted.map((score) => written(score, DIGITS)),
    powers: powers.map((power) => written(power, POWER_DIGITS)),
    sum: written(sum, POWER_DIGITS),
    probabilities: parts.map((part) => written(part, digits)),
    total: written(100n * 10n ** BigInt(digits), digits),
    isAdjusted,
  };
}

/**
 * Percentages of a sum, with as few digits as let them add up to 100.
 *
 * @param {bigint[]} parts
 * @param {bigint} sum  of the parts, above 0
 */
function percentages(parts, sum) {
  const whole = (/** @type {number} */ digits) => 100n * 10n ** BigInt(digits);
  for (const digits of PERCENT_DIGITS) {
    const found = parts.map((part) => quotient(part * whole(digits), sum));
    const isWhole = found.reduce((a, b) => a + b) === whole(digits);
    if (isWhole) return { parts: found, digits, isAdjusted: false };
  }
  const digits = PERCENT_DIGITS[0];
  const found = parts.map((part) => (part * whole(digits)) / sum);
  const missing = Number(whole(digits) - found.reduce((a, b) => a + b));
  const remainders = parts.map((part) => Number((part * whole(digits)) % sum) / Number(sum));
  for (const i of largest(remainders, missing)) found[i] += 1n;
  return { parts: found, digits, isAdjusted: true };
}

/** The nearest whole number of 10^-digits. @param {number} value @param {number} digits */
const fixed = (value, digits) => BigInt(Math.round(value * 10 ** digits));

/** The nearest whole number to a / b, halves away from 0. @param {bigint} a @param {bigint} b */
function quotient(a, b) {
  const half = b / 2n;
  return a < 0n ? -((-a + half) / b) : (a + half) / b;
}

/**
 * @param {bigint} value  in units of 10^-digits
 * @param {number} digits
 * @param {boolean} [isSigned]  writes a plus too
 */
function written(value, digits, isSigned = false) {
  const text = String(value < 0n ? -value : value).padStart(digits + 1, "0");
  const sign = value < 0n ? "−" : isSigned && value > 0n ? "+" : "";
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
