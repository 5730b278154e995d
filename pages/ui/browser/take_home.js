// @ts-check
/** The page that goes home as one file: pad, bars and what the network sees; no server. */

/**
 * @typedef {{reader: typeof import("./reader.js"), bars: typeof import("./bars.js"),
 *   sketch: typeof import("./sketch.js")}} Modules
 * @typedef {{names: string[], colours: string[], nothing: string,
 *   layers: {units: number, activation: string}[], samples: {pixels: string, name: string}[]}} Model
 */

const PAD = 280;
const PEN = 20;

/**
 * @param {Modules} modules
 * @param {Model} model
 * @param {string} weights  base64 of numbers of 16 bits, little-endian
 */
export function start({ reader, bars, sketch }, model, weights) {
  const decode = (/** @type {string} */ text) =>
    Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const layers = reader.readLayers(reader.fromHalves(new Uint16Array(decode(weights).buffer)), model.layers);
  const find = (/** @type {string} */ name) =>
    /** @type {HTMLElement} */ (document.querySelector(name));
  const list = find(".lab-bars");
  const seen = /** @type {HTMLCanvasElement} */ (find("#seen"));
  bars.makeBars(list, model.names, model.colours);

  /** @type {import("./sketch.js").Stroke[]} */
  let waiting = [];
  let due = false;
  function answer() {
    due = false;
    show(reader.prepare(waiting, PAD)?.centred ?? null);
  }
  /** @param {Uint8Array | null} pixels */
  function show(pixels) {
    const best = bars.showBars(list, pixels && reader.probabilities(layers, pixels));
    find("#answer").textContent = best < 0 ? model.nothing : model.names[best];
    bars.paint(seen, pixels);
  }
  const pad = sketch.makeSketch(/** @type {HTMLCanvasElement} */ (find("#pad")), {
    width: PEN,
    onChange(strokes) {
      waiting = strokes;
      if (!due) requestAnimationFrame(answer);
      due = true;
    },
  });
  find("#undo").addEventListener("click", pad.undo);
  find("#clear").addEventListener("click", pad.clear);
  for (const sample of model.samples) {
    const button = document.createElement("button");
    const picture = document.createElement("canvas");
    picture.width = picture.height = reader.SIDE;
    button.setAttribute("aria-label", sample.name);
    button.append(picture);
    const pixels = decode(sample.pixels);
    bars.paint(picture, pixels);
    button.addEventListener("click", () => show(pixels));
    find("#samples").append(button);
  }
}
