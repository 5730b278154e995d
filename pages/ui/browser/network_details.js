// @ts-check
/** The numbers behind one unit or the outputs, and all of a network's as tables. DOM only. */

import { paint, percent } from "./bars.js";
import { SIGNS } from "./network_canvas.js";
import {
  colourScale, contributions, largest, signedPixels, softmaxByHand, unitByHand, weightsInto,
} from "./network_numbers.js";
import { fill } from "./text.js";

/** @typedef {import("./reader.js").Layer} Layer */
/** @typedef {import("./network_numbers.js").Flow} Flow */
/** @typedef {import("./network_canvas.js").Place} Place */
/** @typedef {{pixels: Uint8Array, label: string, activation: number}} Exciting  an image */
/**
 * @typedef {{layers: ReadonlyArray<Layer>, flow: Flow | null, pixels: Uint8Array | null,
 *   place: Place, names: ReadonlyArray<string>, words: Record<string, string>,
 *   activations: Record<string, string>}} Facts
 */

const SIDE = 28;
const TERMS = 6;

/**
 * @param {string} tag @param {string} [className] @param {(Node | string)[]} [children]
 * @param {Record<string, string>} [attributes]
 */
export function element(tag, className = "", children = [], attributes = {}) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * The name of a unit or class.
 *
 * @param {Place} place @param {number} layers  of the network @param {ReadonlyArray<string>} names
 * @param {Record<string, string>} words
 */
export function nameOf({ layer, unit }, layers, names, words) {
  if (layer === layers - 1) return fill(words.output, { name: names[unit] });
  return fill(layers > 2 ? words.unitOf : words.unit, { n: unit, layer: layer + 1 });
}

/** The tables of one unit or class; what was there is replaced. @param {HTMLElement} place @param {Facts} facts */
export function showNumbers(place, facts) {
  const { layers, flow, words } = facts;
  const { layer } = facts.place;
  const isScore = layer === layers.length - 1;
  /** @type {HTMLElement[]} */
  const parts = [];
  if (layer === 0) parts.push(pictures(facts));
  if (!flow) parts.push(element("p", "", [words.noPicture]));
  else parts.push(...(isScore ? [softmaxTable(facts), unitTable(facts)] : [unitTable(facts)]));
  if (layers[layer].folded) parts.push(element("p", "lab-network-note", [words.folded]));
  place.replaceChildren(...parts);
}

/** Weights, the picture, and their product, pixel by pixel. @param {Facts} facts */
function pictures({ layers, flow, pixels, place, words }) {
  const weights = weightsInto(layers[0], place.unit);
  const scale = colourScale(weights);
  const made = [figure(words.weights, (canvas) => paintSigned(canvas, weights, scale))];
  if (flow && pixels) {
    const terms = contributions(layers[0], flow.x, place.unit);
    made.push(
      figure(words.picture, (canvas) => paint(canvas, pixels)),
      figure(words.product, (canvas) => paintSigned(canvas, terms, scale)),
    );
  }
  return element("div", "lab-network-pictures", made);
}

/** @param {string} caption @param {(canvas: HTMLCanvasElement) => void} draw */
function figure(caption, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("aria-hidden", "true");
  draw(canvas);
  return element("figure", "", [canvas, element("figcaption", "", [caption])]);
}

/** @param {HTMLCanvasElement} canvas @param {ArrayLike<number>} values @param {number} scale */
function paintSigned(canvas, values, scale) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(SIDE, SIDE);
  signedPixels(values, scale, SIGNS, image.data);
  pen.putImageData(image, 0, 0);
}

/**
 * @param {string} caption @param {string[]} head
 * @param {string[][]} rows  the first cell of each is its heading
 * @param {(at: number) => string} [kind]  of a row, for its style
 */
function table(caption, head, rows, kind = () => "") {
  const cells = (/** @type {string[]} */ row) =>
    row.map((text, i) => element(i ? "td" : "th", "", [text], i ? {} : { scope: "row" }));
  const body = rows.map((row, at) =>
    element("tr", "", cells(row), kind(at) ? { "data-kind": kind(at) } : {}),
  );
  return element("table", "lab-network-table", [
    element("caption", "", [caption]),
    element("thead", "", [
      element("tr", "", head.map((text) => element("th", "", [text], { scope: "col" }))),
    ]),
    element("tbody", "", body),
  ]);
}

/** How a unit's output comes about. @param {Facts} facts */
function unitTable({ layers, flow, place, words, names, activations }) {
  const { layer, unit } = place;
  const isScore = layer === layers.length - 1;
  const x = /** @type {Flow} */ (flow);
  const into = layer ? x.outputs[layer - 1] : x.x;
  const found = unitByHand(layers[layer], into, unit, TERMS, isScore);
  if (!found) return element("p", "", [words.tooLarge]);
  const name = (/** @type {number} */ input) =>
    layer
      ? nameOf({ layer: layer - 1, unit: input }, layers.length, names, words)
      : fill(words.pixel, { row: Math.floor(input / SIDE) + 1, column: (input % SIDE) + 1 });
  const rows = found.terms.map(({ input, value, weight, product }) => [
    name(input), `${value} × ${weight}`, product,
  ]);
  const rest = found.others ? fill(words.others, { n: found.others }) : words.rounding;
  if (found.rest) rows.push([rest, "", found.rest]);
  rows.push([words.bias, "", found.bias], [isScore ? words.score : words.sum, "", found.sum]);
  const kinds = { [rows.length - 1]: "sum" };
  if (!isScore) {
    const title = activations[layers[layer].activation] ?? layers[layer].activation;
    kinds[rows.length] = "sum";
    rows.push([words.activation, `${title}(${found.sum})`, found.output]);
  }
  const caption = isScore ? fill(words.howScore, { name: names[unit] }) : words.howUnit;
  const head = [layer ? words.unitHead : words.pixelHead, words.factors, words.adds];
  return table(caption, head, rows, (at) => kinds[at] ?? "");
}

/** Scores, exponentials, their sum, probabilities. @param {Facts} facts */
function softmaxTable({ flow, place, words, names }) {
  const outputs = /** @type {Flow} */ (flow).outputs;
  const found = softmaxByHand(outputs[outputs.length - 1]);
  if (!found) return element("p", "", [words.tooLarge]);
  const rows = names.map((name, i) => [
    name, found.scores[i], found.shifted[i], found.powers[i], `${found.probabilities[i]} %`,
  ]);
  rows.push([words.total, "", "", found.sum, `${found.total} %`]);
  const kind = (/** @type {number} */ at) =>
    at === place.unit ? "chosen" : at === names.length ? "sum" : "";
  const head = [words.classHead, words.scoreHead, words.shiftedHead, words.powerHead, words.partHead];
  const made = table(words.howSoftmax, head, rows, kind);
  const remark = found.isAdjusted ? `${words.softmaxNote} ${words.adjusted}` : words.softmaxNote;
  return element("div", "", [made, element("p", "lab-network-note", [remark])]);
}

/**
 * The test images that excite a unit most, as buttons.
 *
 * @param {HTMLElement} place
 * @param {ReadonlyArray<Exciting>} images
 * @param {Record<string, string>} words
 * @param {(image: Exciting) => void} onChoose
 */
export function showExciting(place, images, words, onChoose) {
  const title = element("p", "lab-network-note", [images.length ? words.exciting : words.noneExciting]);
  const buttons = images.map((image) => {
    const value = image.activation.toFixed(2).replace("-", "−");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    paint(canvas, image.pixels);
    const label = fill(words.excitingImage, { label: image.label, value });
    const made = element("button", "", [canvas, element("span", "", [image.label]), element("small", "", [value])], {
      type: "button", "aria-label": label, title: label,
    });
    made.addEventListener("click", () => onChoose(image));
    return made;
  });
  place.replaceChildren(title, element("div", "lab-network-images", buttons));
}

/**
 * All that the picture shows, as tables.
 *
 * @param {HTMLElement} place
 * @param {{layers: ReadonlyArray<Layer>, flow: Flow | null, names: ReadonlyArray<string>,
 *   shown: ReadonlyArray<ReadonlyArray<number>>, words: Record<string, string>}} facts
 */
export function showTables(place, { layers, flow, names, shown, words }) {
  const last = layers.length - 1;
  const made = shown.map((units, layer) => {
    const next = layers[layer + 1];
    const rows = units.map((unit) => {
      const weights = next.kernel.subarray(unit * next.units, (unit + 1) * next.units);
      const [most] = largest(weights.map(Math.abs), 1);
      const name = nameOf({ layer: layer + 1, unit: most }, layers.length, names, words);
      const value = flow ? number(flow.outputs[layer][unit]) : "";
      return [String(unit), value, `${name} (${number(weights[most])})`];
    });
    const caption = fill(words.tableOf, { layer: layer + 1, n: units.length, all: layers[layer].units });
    return table(caption, [words.unitHead, words.activation, words.strongest], rows);
  });
  const rows = names.map((name, i) =>
    flow
      ? [name, number(flow.outputs[last][i]), percent(flow.probabilities[i])]
      : [name, "", ""],
  );
  made.push(table(words.outputs, [words.classHead, words.scoreHead, words.partHead], rows));
  place.replaceChildren(...made);
}

/** @param {number} value */
export const number = (value) =>
  Number.isFinite(value) ? value.toFixed(3).replace("-", "−") : "–";
