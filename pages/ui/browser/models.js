// @ts-check
/** Networks by the address of their weights: fetched once a browser, shared by a page's parts. */

import { readLayers } from "./reader.js";

/** @typedef {import("./reader.js").Layer} Layer */
/** @typedef {{url: string, layers: {units: number, activation: string}[]}} Model */

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
