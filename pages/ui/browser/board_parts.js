// @ts-check
/** Small parts of the board: elements, pictures of drawings, what a network reads. */

import { answer } from "./models.js";
import { prepare } from "./reader.js";

/** @typedef {import("./board_record.js").Drawing} Drawing */

export const SIDE = 280; // units of a drawing's canvas

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [name]  CSS class
 * @param {(Node | string)[]} children  text is only ever text
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, name = "", ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...children);
  return node;
}

/**
 * Give a place these children; one that stays keeps the focus.
 *
 * @param {HTMLElement} place
 * @param {ReadonlyArray<Element>} children
 */
export function replace(place, children) {
  const kept = new Set(children);
  for (const child of [...place.children]) if (!kept.has(child)) child.remove();
  const focused = place.ownerDocument.activeElement;
  children.forEach((child, i) => {
    if (place.children[i] !== child) place.insertBefore(child, place.children[i] ?? null);
  });
  if (focused instanceof HTMLElement && focused !== document.activeElement && place.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** A QR code. @param {{path: string, side: number}} qr @param {string} label */
export function qrCode({ path, side }, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("class", "lab-qr");
  const paint = (/** @type {string} */ fill, /** @type {string} */ d) => {
    const shape = document.createElementNS(SVG, "path");
    shape.setAttribute("fill", fill);
    shape.setAttribute("d", d);
    svg.append(shape);
  };
  paint("#fff", `M0 0h${side}v${side}h-${side}z`);
  paint("#000", path);
  return svg;
}

/** Paint a drawing as it was drawn. @param {HTMLCanvasElement} canvas @param {Drawing} drawing */
export function sketch(canvas, { strokes, ink }) {
  canvas.width = canvas.height = SIDE;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const isLight = ink !== "dark";
  pen.fillStyle = isLight ? "#000" : "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.strokeStyle = pen.fillStyle = isLight ? "#fff" : "#000";
  pen.lineCap = pen.lineJoin = "round";
  for (const { points, width } of strokes) {
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(points[0][0], points[0][1], width / 2, 0, 2 * Math.PI);
    pen.fill();
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(x, y);
    pen.stroke();
  }
}

/**
 * What a network says to a drawing.
 *
 * @param {ReadonlyArray<import("./reader.js").Layer> | null} layers  null until they are loaded
 * @param {Drawing} drawing
 * @returns {{pixels: Uint8Array, probabilities: Float32Array} | null}  null without ink or network
 */
export function reading(layers, { strokes, ink }) {
  const strokesOfReader = /** @type {import("./reader.js").Stroke[]} */ (strokes);
  const pixels = layers && prepare(strokesOfReader, SIDE, {}, ink === "dark")?.centred;
  return pixels ? { pixels, probabilities: answer(layers, pixels) } : null;
}

/** 0.976 -> "98 %" @param {number} fraction */
export const roughly = (fraction) =>
  Math.round(100 * fraction) + (document.documentElement.dataset.percent ?? " %");

/** "1:05" @param {number} seconds */
export function clock(seconds) {
  const all = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")}`;
}
