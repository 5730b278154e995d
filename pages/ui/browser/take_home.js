// @ts-check
/** Page of the file to take home: pad, test images, bars and prepared image, without a server. */

/**
 * @typedef {{reader: typeof import("./reader.js"), bars: typeof import("./bars.js"),
 *   sketch: typeof import("./sketch.js")}} Modules
 * @typedef {{pixels: string, truth: string, label: string}} Sample
 *   Test image: 784 bytes in base64, the name of its class, and a text for screen readers.
 * @typedef {{names: string[], colours: string[], drawable: boolean, bits: number,
 *   layers: import("./reader.js").Shape[], samples: Sample[],
 *   words: {nothing: string, answer: string, right: string, wrong: string, place: string}}} Model
 */

const PAD = 280; // units of the pad's side
const PEN = 20;
const STEP = 10;

/**
 * Show the page.
 *
 * @param {Modules} modules
 * @param {Model} model
 * @param {string} weights  base64 of little-endian numbers of `model.bits` bits
 */
export function start({ reader, bars, sketch }, model, weights) {
  const { words } = model;
  const content = decode(weights).buffer;
  const numbers =
    model.bits === 16 ? reader.fromHalves(new Uint16Array(content)) : new Float32Array(content);
  const layers = reader.readLayers(numbers, model.layers);
  const samples = model.samples.map((sample) => ({ ...sample, pixels: decode(sample.pixels) }));
  const list = find(".lab-bars");
  const seen = /** @type {HTMLCanvasElement} */ (find("#seen"));
  const status = find("#status");
  bars.makeBars(list, model.names, model.colours);

  /** @type {ReadonlyArray<import("./sketch.js").Stroke>} */
  let strokes = [];
  let chosen = -1; // index of a test image
  let due = false;
  let silent = true;

  function showNow() {
    due = false;
    const sample = samples[chosen];
    const pixels = sample ? sample.pixels : (reader.prepare(strokes, PAD)?.centred ?? null);
    const found = pixels && reader.probabilities(layers, pixels);
    const best = bars.showBars(list, found);
    bars.paint(seen, pixels);
    const answer = find("#answer");
    answer.textContent = found ? model.names[best] : words.nothing;
    answer.classList.toggle("known", Boolean(found));
    const verdict = !sample ? "" : sample.truth === model.names[best] ? words.right : words.wrong;
    find("#verdict").textContent = fill(verdict, { truth: sample?.truth ?? "" });
    [...find("#samples").children].forEach((button, index) =>
      button.setAttribute("aria-pressed", String(index === chosen)),
    );
    if (!silent) status.textContent = spoken(found, best);
    silent = true;
  }

  /** @param {Float32Array | null} found @param {number} best */
  function spoken(found, best) {
    if (!found) return words.nothing;
    const text = fill(words.answer, { name: model.names[best], percent: bars.percent(found[best]) });
    return `${text} ${find("#verdict").textContent}`.trim();
  }

  /** Show it at the next frame. @param {boolean} aloud  screen readers say the answer */
  function show(aloud) {
    silent &&= !aloud;
    if (!due) requestAnimationFrame(showNow);
    due = true;
  }

  const pad = sketch.makeSketch(/** @type {HTMLCanvasElement} */ (find("#pad")), {
    side: PAD,
    width: PEN,
    onChange(drawn) {
      strokes = drawn;
      chosen = -1;
      show(false);
    },
    onEnd: () => show(true),
    onMove: (x, y) =>
      (status.textContent = fill(words.place, { across: x / STEP, down: y / STEP })),
  });
  find("#undo").addEventListener("click", pad.undo);
  find("#clear").addEventListener("click", pad.clear);
  find("#samples").append(
    ...samples.map(({ pixels, label }, index) => {
      const button = document.createElement("button");
      const picture = document.createElement("canvas");
      picture.width = picture.height = reader.SIDE;
      button.setAttribute("aria-label", label);
      button.append(picture);
      bars.paint(picture, pixels);
      button.addEventListener("click", () => {
        pad.clear();
        chosen = index;
        show(true);
      });
      return button;
    }),
  );
  if (!model.drawable && samples.length) chosen = 0;
  showNow();
}

/** @param {string} selector @returns {HTMLElement} */
function find(selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}

/** @param {string} text  base64 */
function decode(text) {
  return Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
}

/** "{a} b" with the value of a. @param {string} text @param {Record<string, string | number>} values */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_all, name) => String(values[name]));
}
