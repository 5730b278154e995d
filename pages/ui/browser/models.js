// @ts-check
/** Networks by the address of their weights: fetched once a browser, shared by a page's parts. */

import { subscribe } from "./live.js";
import { fromHalves, probabilities, readLayers } from "./reader.js";

/** @typedef {import("./reader.js").Layer} Layer */
/** @typedef {import("./reader.js").Shape[]} Shape */
/**
 * @typedef {{url: string, layers: Shape}} Model  with the address of its weights
 * @typedef {{topic: string, layers: Shape}} Learner  a network that trains, with its topic
 */

const WAIT = 2000; // milliseconds until a model is asked for again
/** @type {Map<string, Promise<Layer[]>>} */
const loading = new Map();

/**
 * The layers of a model.
 *
 * @param {Model} model
 * @returns {Promise<Layer[]>}  rejected if they can't be had; the next call tries again
 */
export function load(model) {
  let layers = loading.get(model.url);
  if (!layers) {
    layers = fetchLayers(model);
    loading.set(model.url, layers);
    layers.catch(() => setTimeout(() => loading.delete(model.url), WAIT));
  }
  return layers;
}

/** @param {Model} model */
async function fetchLayers({ url, layers }) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return readLayers(new Float32Array(await answer.arrayBuffer()), layers);
}

/**
 * The layers of one model after another.
 *
 * @param {(layers: Layer[] | null) => void} watcher  is called with null when the model changes, then
 *   with its layers; they are asked for until they are here
 * @returns {(model: Model | null) => void}  takes the model that is wanted from now on
 */
export function oneModel(watcher) {
  /** @type {Model | null} */
  let wanted = null;
  return (model) => {
    if (model?.url === wanted?.url) return;
    wanted = model;
    watcher(null);
    const fetch = () => {
      if (!model || wanted !== model) return;
      const found = (/** @type {Layer[]} */ layers) => wanted === model && watcher(layers);
      load(model).then(found, () => setTimeout(fetch, 2 * WAIT));
    };
    fetch();
  };
}

/**
 * Follow a network that trains.
 *
 * @param {Learner} learner
 * @param {(layers: Layer[], at: {step: number, epoch: number}) => void} watcher  is called with
 *   each snapshot of the weights
 * @returns {() => void}  ends it
 */
export function follow({ topic, layers }, watcher) {
  return subscribe(topic, ({ weights }) => {
    if (!weights) return;
    const length = new DataView(weights).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(weights, 4, length)));
    watcher(readLayers(fromHalves(new Uint16Array(weights, 4 + length)), layers), head);
  });
}

/** @type {WeakMap<ReadonlyArray<Layer>, WeakMap<Uint8Array, Float32Array>>} */
const answered = new WeakMap();

/**
 * The probabilities of an image, computed once for all parts of a page that ask.
 *
 * @param {ReadonlyArray<Layer>} layers
 * @param {Uint8Array} pixels  784 bytes that nobody changes
 * @returns {Float32Array}
 */
export function answer(layers, pixels) {
  let known = answered.get(layers);
  if (!known) answered.set(layers, (known = new WeakMap()));
  let found = known.get(pixels);
  if (!found) known.set(pixels, (found = probabilities(layers, pixels)));
  return found;
}
