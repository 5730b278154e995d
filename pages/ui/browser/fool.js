// @ts-check
/**
 * Small changes of an image that change a network's answer: the fast gradient sign, as in
 * model_store/inference/adversarial.py. No DOM.
 */

import { SIDE, activation, probabilities, unitPixels } from "./reader.js";

/** @typedef {import("./reader.js").Layer} Layer */

const NEAR = 1e-5; // half the step of a numerical derivative
const WHITE = 255;
const SLICE = 40; // milliseconds of work at a time

/** @param {ArrayLike<number>} values */
function indexOfLargest(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * The gradient of the cross-entropy of a class by the pixels from 0 to 1.
 *
 * @param {ReadonlyArray<Layer>} layers
 * @param {Uint8Array} pixels  784 bytes
 * @param {number} label  the class
 * @returns {Float64Array}  784 numbers
 */
export function lossGradient(layers, pixels, label) {
  const x = Float64Array.from(unitPixels(layers, pixels));
  const last = layers.length - 1;
  /** @type {Float64Array} */
  let out = x;
  const slopes = layers.map(({ inputs, units, kernel, bias, activation: name }, index) => {
    const sums = new Float64Array(bias);
    for (let i = 0; i < inputs; i++) {
      if (!out[i]) continue;
      for (let j = 0, at = i * units; j < units; j++, at++) sums[j] += out[i] * kernel[at];
    }
    if (index === last) return softmaxErrors(sums, label);
    const run = activation(name);
    out = sums.map(run);
    return sums.map((sum) => (run(sum + NEAR) - run(sum - NEAR)) / (2 * NEAR));
  });
  let gradient = slopes[last]; // by the sums of a layer
  for (let index = last; index >= 0; index--) {
    const { inputs, units, kernel } = layers[index];
    const before = new Float64Array(inputs);
    for (let i = 0, at = 0; i < inputs; i++) {
      for (let j = 0; j < units; j++, at++) before[i] += gradient[j] * kernel[at];
    }
    gradient = index ? before.map((value, i) => value * slopes[index - 1][i]) : before;
  }
  return undoNorm(gradient, x, pixels, layers[0].pixelNorm);
}

/**
 * Probabilities minus one-hot label. The label's own is minus the sum of the others, which is exact
 * where its probability rounds to 1.
 *
 * @param {Float64Array} logits
 * @param {number} label
 */
function softmaxErrors(logits, label) {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  const errors = powers.map((power, i) => (i === label ? 0 : power / sum));
  errors[label] = -errors.reduce((a, b) => a + b, 0);
  return errors;
}

/**
 * The gradient by the pixels from that by the first layer's input `x`, which was divided.
 *
 * @param {Float64Array} gradient
 * @param {Float64Array} x
 * @param {Uint8Array} pixels
 * @param {string} [norm]
 */
function undoNorm(gradient, x, pixels, norm) {
  if (!norm) return gradient;
  const group = (/** @type {number} */ at) => (norm === "columns" ? at % SIDE : 0);
  const squares = new Float64Array(SIDE);
  const along = new Float64Array(SIDE);
  gradient.forEach((value, at) => {
    squares[group(at)] += (pixels[at] / WHITE) ** 2;
    along[group(at)] += x[at] * value;
  });
  return gradient.map((value, at) => {
    const length = Math.sqrt(squares[group(at)]) || 1;
    return (value - x[at] * along[group(at)]) / length;
  });
}

/**
 * The way of each pixel, 1 lighter, -1 darker, 0 stays: away from the answer, or to a class.
 *
 * @param {ReadonlyArray<Layer>} layers
 * @param {Uint8Array} pixels  784 bytes
 * @param {number | null} target  the class; null is any but the answer
 * @returns {Int8Array}
 */
export function ways(layers, pixels, target) {
  const label = target ?? answerTo(layers, pixels);
  const sign = target === null ? 1 : -1;
  return Int8Array.from(lossGradient(layers, pixels, label), (value) => sign * Math.sign(value));
}

/**
 * The image after the change.
 *
 * @param {Uint8Array} pixels  784 bytes
 * @param {Int8Array} ways
 * @param {number} greys  strength in grey levels, 0 to 255
 * @returns {Uint8Array}
 */
export const changed = (pixels, ways, greys) =>
  pixels.map((value, at) => Math.min(Math.max(value + greys * ways[at], 0), WHITE));

/**
 * The weakest change with which the network gives another answer, or that of `target`. Each grey
 * level is tried: an answer can change and change back.
 *
 * @param {ReadonlyArray<Layer>} layers
 * @param {Uint8Array} pixels  784 bytes
 * @param {Int8Array} ways
 * @param {number | null} target
 * @param {number} most  grey levels, at most 255
 * @param {() => boolean} [isWanted]  asked between two slices of work: false ends it
 * @returns {Promise<number | null>}  grey levels; null if none does, or the answer is `target` already
 */
export async function smallest(layers, pixels, ways, target, most, isWanted = () => true) {
  const answer = answerTo(layers, pixels);
  if (answer === target) return null;
  let began = performance.now();
  for (let greys = 1; greys <= most; greys++) {
    const now = answerTo(layers, changed(pixels, ways, greys));
    if (target === null ? now !== answer : now === target) return greys;
    if (performance.now() - began < SLICE) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (!isWanted()) return null;
    began = performance.now();
  }
  return null;
}

/** @param {ReadonlyArray<Layer>} layers @param {Uint8Array} pixels @returns {number} */
export const answerTo = (layers, pixels) => indexOfLargest(probabilities(layers, pixels));
