// @ts-check
/** The report of one training step, as `training/loop/batch_report.py` writes it. No DOM. */

import { fromHalves } from "./reader.js";

/**
 * @typedef {{type: string, shape: number[], offset: number, scale: number}} About
 * @typedef {{step: number, epoch: number, size: number, learning_rate: number, loss: number,
 *   loss_after: number, augmented: boolean, dropout: boolean, arrays: {[name: string]: About}}} Head
 * @typedef {{head: Head, array: (name: string) => Float32Array | Int32Array | Uint8Array}} Report
 */

/**
 * @param {ArrayBuffer} content
 * @returns {Report}
 */
export function readReport(content) {
  const length = new DataView(content).getUint32(0, true);
  /** @type {Head} */
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
  /** @param {string} name */
  const array = (name) => {
    const { type, shape, offset, scale } = head.arrays[name];
    const count = shape.reduce((n, side) => n * side, 1);
    const at = 4 + length + offset;
    if (type === "float16") {
      return fromHalves(new Uint16Array(content, at, count)).map((value) => value * scale);
    }
    if (type === "float32") return new Float32Array(content, at, count);
    if (type === "int32") return new Int32Array(content, at, count);
    return new Uint8Array(content, at, count);
  };
  return { head, array };
}

/** How many layers the report has. @param {Head} head */
export const layerCount = ({ arrays }) =>
  Object.keys(arrays).filter((name) => name.startsWith("gradient_kernel_")).length;

/**
 * Gradient and change of one unit's weights.
 *
 * @param {Report} report
 * @param {number} layer  0 is the first
 * @param {number} unit
 * @returns {{gradient: Float32Array, change: Float32Array}}
 */
export function unitOf({ head, array }, layer, unit) {
  const inputs = head.arrays[`gradient_kernel_${layer}`].shape[1];
  const row = (/** @type {string} */ kind) =>
    /** @type {Float32Array} */ (array(`${kind}_kernel_${layer}`)).subarray(
      unit * inputs,
      (unit + 1) * inputs,
    );
  return { gradient: row("gradient"), change: row("change") };
}
