// @ts-check
/**
 * A network, drawn: its picture, a button on each unit, the numbers behind one, and tables.
 *
 * At each frame only the canvas changes. Names of buttons, tables and sentences follow when it has
 * been still for a while, so that nothing is read aloud ten times a second.
 */

import { indexOfLargest, percent } from "./bars.js";
import { colours, makePainter } from "./network_canvas.js";
import { element, nameOf, number, showExciting, showNumbers, showTables } from "./network_details.js";
import { layOut, shownCounts } from "./network_layout.js";
import { choose, colourScale, flow, importance, largest } from "./network_numbers.js";
import { fill } from "./text.js";

/** @typedef {import("./reader.js").Layer} Layer */
/** @typedef {import("./network_numbers.js").Flow} Flow */
/** @typedef {import("./network_canvas.js").Place} Place */
/** @typedef {import("./network_canvas.js").Scene} Scene */
/** @typedef {import("./network_details.js").Exciting} Exciting */
/**
 * @typedef {{layers: import("./reader.js").Shape[], names: string[], colours: string[],
 *   words: Record<string, string>, activations: Record<string, string>}} Data
 * @typedef {(place: Place) => Promise<Exciting[]> | null} AskExciting  null if it cannot be known
 */

const NUMBERS_EVERY = 120; // milliseconds, at least
const LABELS_EVERY = 500; // milliseconds, at least
const SPEAK_AFTER = 1200; // milliseconds without a change
const CALM = 1000; // milliseconds between two snapshots for who wants little motion
const REVEAL = 600; // milliseconds for a picture to flow through
const LONG_NAME = 2; // letters that fit below a narrow bar

/**
 * @param {HTMLElement} root  an empty element; it fits its width
 * @param {Data} data
 * @param {AskExciting} askExciting
 */
export function makeView(root, data, askExciting) {
  const { names, words, activations } = data;
  const depth = data.layers.length;
  const hidden = data.layers.slice(0, -1).map(({ units }) => units);
  const counts = shownCounts(hidden);
  const pages = Math.ceil(Math.max(0, ...hidden.map((units, i) => units / counts[i])));
  const isSlow = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const painter = makePainter(canvas);
  const board = element("div", "lab-network-board", [canvas]);
  const stage = element("div", "lab-network-stage", [board]);
  const caption = element("p", "lab-network-caption", [""]);
  const status = element("p", "lab-network-status", [], { role: "status" });
  const back = button(words.back);
  const [before, after, tables] = [button(words.before), button(words.after), button(words.table)];
  const rank = element("span", "", [""]);
  const pager = element("div", "lab-network-pager", [before, rank, after]);
  const listed = element("div", "lab-network-tables");
  const numbers = element("div", "lab-network-numbers");
  const exciting = element("div", "lab-network-exciting");
  const title = element("b", "", [""]);
  const close = button("×");
  const head = element("p", "lab-network-title", [title, close]);
  const opened = element("div", "", [head, numbers, exciting]);
  const hint = element("p", "lab-network-hint", [words.hint]);
  const panel = element("div", "lab-network-panel", [hint, opened], { role: "region", "aria-label": words.details });
  const main = element("div", "lab-network-main", [
    element("div", "lab-network-head", [caption, back]), stage, legend(words),
    element("div", "lab-network-tools", [pager, tables]), listed, status,
  ]);
  close.setAttribute("aria-label", words.close);
  tables.setAttribute("aria-expanded", "false");
  for (const part of [back, opened, listed]) part.hidden = true;
  pager.hidden = pages < 2;
  root.replaceChildren(element("div", "lab-network-box", [main, panel]));

  const outputLayer = depth - 1;
  const groups = [...counts, names.length].map((count, layer) => {
    const group = element("div", "", [], { role: "toolbar" });
    for (let at = 0; at < count; at++) {
      const made = button("");
      Object.assign(made.dataset, { layer: String(layer), at: String(at) });
      made.tabIndex = at ? -1 : 0;
      group.append(made);
    }
    board.append(group);
    return group;
  });
  const spots = groups.map((group) => /** @type {HTMLButtonElement[]} */ ([...group.children]));

  /** @type {Scene} */
  const scene = {
    layout: layOut(600, counts, names.length, false),
    layers: null, pixels: null, flow: null, shown: counts.map((n) => [...Array(n).keys()]), scale: 1,
    marked: null, chosen: null, reveal: 1, names, classColours: data.colours,
    titles: { input: [words.input, "28 × 28"], layers: [], outputs: [words.outputs, ""] },
  };
  scene.titles.layers = hidden.map((all, i) => [
    fill(hidden.length > 1 ? words.layer : words.hidden, { layer: i + 1 }),
    all > counts[i] ? fill(words.of, { n: counts[i], all }) : fill(words.all, { n: all }),
  ]);
  let density = 1;
  let page = 0;
  let hasChosen = false;
  /** @type {number[][]} */
  let ranked = []; // all units of each layer, those of the first page first
  /** @type {Place | null} */
  let pointed = null;
  /** @type {{layers: ReadonlyArray<Layer>, at: number} | null} */
  let learned = null;
  let frameAsked = 0;
  let drawn = 0;
  let ended = false;
  /** @type {Map<string, number>} */
  const timers = new Map();
  const hasLongNames = names.some((name) => name.length > LONG_NAME);

  /** Call `act` once, so many milliseconds from now; `again` begins to wait anew. */
  function later(
    /** @type {string} */ name, /** @type {number} */ wait, /** @type {() => void} */ act, again = false,
  ) {
    if (timers.has(name)) {
      if (!again) return;
      clearTimeout(timers.get(name));
    }
    const timer = setTimeout(() => {
      timers.delete(name);
      if (!ended) act();
    }, wait);
    timers.set(name, /** @type {any} */ (timer));
  }

  const unitAt = (/** @type {HTMLElement} */ { dataset }) => {
    const [layer, at] = [Number(dataset.layer), Number(dataset.at)];
    return { layer, unit: layer === outputLayer ? at : scene.shown[layer][at] };
  };
  const isSame = (/** @type {Place | null} */ a, /** @type {Place | null} */ b) =>
    a?.layer === b?.layer && a?.unit === b?.unit;

  // Places.

  function place() {
    const width = stage.clientWidth;
    if (!width) return;
    scene.layout = layOut(width, counts, names.length, hasLongNames);
    const { layout } = scene;
    board.style.width = canvas.style.width = `${layout.width}px`;
    board.style.height = canvas.style.height = `${layout.height}px`;
    density = devicePixelRatio * (canvas.getBoundingClientRect().width / layout.width || 1);
    const put = (/** @type {HTMLElement} */ spot, /** @type {import("./network_layout.js").Box} */ box) => {
      for (const side of /** @type {const} */ (["width", "height"])) spot.style[side] = `${box[side]}px`;
      [spot.style.left, spot.style.top] = [`${box.x}px`, `${box.y}px`];
    };
    if (!layout.isRegression) {
      layout.columns.forEach(({ units }, layer) => units.forEach((box, at) => put(spots[layer][at], box)));
    }
    layout.outputs.forEach(({ place }, at) => {
      const tile = layout.isRegression ? layout.columns[0].units[at] : place;
      const right = Math.max(place.x + place.width, tile.x + tile.width);
      const bottom = Math.max(place.y + place.height, tile.y + tile.height);
      const [x, y] = [Math.min(place.x, tile.x), Math.min(place.y, tile.y)];
      put(spots[outputLayer][at], { x, y, width: right - x, height: bottom - y });
    });
    paint();
  }

  // The picture.

  function paint() {
    cancelAnimationFrame(frameAsked);
    frameAsked = 0;
    scene.marked = pointed ?? scene.chosen;
    painter.paint(scene, colours(root), density);
    root.dataset.drawn = String(++drawn);
    root.dataset.answer = scene.flow ? names[indexOfLargest(scene.flow.probabilities)] : "";
  }

  function paintSoon() {
    frameAsked ||= requestAnimationFrame(paint);
  }

  /** Choose the units of the first page: those that matter most. */
  function chooseUnits() {
    if (!scene.layers || page) return; // other pages stay as they are
    const found = importance(scene.layers, scene.flow);
    const held = [pointed, scene.chosen].flatMap((place) => place ?? []);
    scene.shown = found.map((scores, layer) => {
      const pinned = held.filter((place) => place.layer === layer).map(({ unit }) => unit);
      return choose(hasChosen ? scene.shown[layer] : null, scores, counts[layer], pinned);
    });
    hasChosen = true;
  }

  /** Turn to a page of units; the order is that of the moment when the first page was left. */
  function turn(/** @type {number} */ by) {
    const { layers, flow } = scene;
    if (!layers) return;
    if (!page) {
      ranked = importance(layers, flow).map((scores, layer) => {
        const first = scene.shown[layer];
        const rest = largest(scores, scores.length).filter((unit) => !first.includes(unit));
        return [...first, ...rest];
      });
    }
    page += by;
    scene.shown = ranked.map((units, layer) => {
      const start = Math.min(counts[layer] * page, units.length - counts[layer]);
      return units.slice(start, start + counts[layer]);
    });
    writeRank();
    update();
  }

  /** Compute what depends on the picture or the weights, and draw it. */
  function update() {
    const { layers, pixels } = scene;
    scene.flow = layers && pixels && flow(layers, pixels);
    chooseUnits();
    paint();
    later("numbers", NUMBERS_EVERY, writeNumbers);
    later("labels", LABELS_EVERY, writeLabels);
    later("speak", SPEAK_AFTER, speak, true);
  }

  /** @param {Uint8Array | null} pixels  784 bytes that nobody changes @param {boolean} [isSudden] */
  function setPixels(pixels, isSudden = false) {
    scene.pixels = pixels;
    scene.reveal = 1;
    update();
    if (isSudden && pixels && !isSlow.matches) reveal(performance.now());
  }

  /** Let the picture flow through, layer by layer. @param {number} began */
  function reveal(began) {
    const pixels = scene.pixels;
    const step = () => {
      if (ended || scene.pixels !== pixels) return;
      scene.reveal = Math.min(1, (performance.now() - began) / REVEAL);
      paint();
      if (scene.reveal < 1) requestAnimationFrame(step);
    };
    step();
  }

  /** @param {ReadonlyArray<Layer>} layers */
  function setLayers(layers) {
    const now = performance.now();
    const wait = isSlow.matches && learned ? learned.at + CALM - now : 0;
    if (wait > 0) {
      learned = { layers, at: /** @type {{at: number}} */ (learned).at };
      later("calm", wait, () => learned && setLayers(learned.layers));
      return;
    }
    learned = { layers, at: now };
    scene.layers = layers;
    scene.scale = colourScale(layers[0].kernel);
    update();
  }

  // The words.

  function writeLabels() {
    const { layers, flow, shown } = scene;
    spots.forEach((group, layer) => {
      const isOutput = layer === outputLayer;
      const n = group.length;
      const label = isOutput
        ? words.outputs
        : fill(words.tableOf, { layer: layer + 1, n, all: hidden[layer] });
      groups[layer].ariaLabel = label;
      group.forEach((spot, at) => {
        const unit = isOutput ? at : shown[layer][at];
        spot.disabled = !layers;
        spot.ariaPressed = String(isSame(scene.chosen, { layer, unit }));
        if (spot === document.activeElement && spot.ariaLabel) return; // it would be read again
        const name = nameOf({ layer, unit }, depth, names, words);
        const value = isOutput ? flow && percent(flow.probabilities[at]) : flow && number(flow.outputs[layer][unit]);
        const text = value ? `${name}: ${value}` : name;
        if (spot.ariaLabel !== text) spot.ariaLabel = text;
      });
    });
    if (!listed.hidden) writeTables();
  }

  function writeTables() {
    const { layers, flow, shown } = scene;
    if (layers) showTables(listed, { layers, flow, names, shown, words });
  }

  function speak() {
    const { flow } = scene;
    if (!flow) return;
    const best = indexOfLargest(flow.probabilities);
    const values = { name: names[best], percent: percent(flow.probabilities[best]) };
    setText(status, fill(words.reads, values));
  }

  function writeNumbers() {
    const { layers, flow, pixels, chosen } = scene;
    if (!layers || !chosen) return;
    showNumbers(numbers, { layers, flow, pixels, place: chosen, names, words, activations });
  }

  // One unit.

  /** @param {Place | null} place */
  function open(place) {
    scene.chosen = place;
    opened.hidden = !place;
    hint.hidden = Boolean(place);
    if (place) {
      setText(title, nameOf(place, depth, names, words));
      writeNumbers();
      const asked = askExciting(place);
      const silent = element("p", "lab-network-note", [asked ? words.loading : words.notYet]);
      exciting.replaceChildren(silent);
      asked?.then(
        (images) => isSame(scene.chosen, place) && !ended && showExciting(exciting, images, words, choosePicture),
        () => isSame(scene.chosen, place) && silent.replaceChildren(words.noImages),
      );
      setText(status, fill(words.opened, { name: title.textContent }));
    }
    paint();
    writeLabels();
  }

  /** @type {(image: Exciting | null) => void} */
  let onPicture = () => {};
  /** @param {Exciting} image */
  const choosePicture = (image) => {
    back.hidden = false;
    onPicture(image);
  };

  const shut = () => {
    const { chosen } = scene;
    open(null);
    if (!chosen) return;
    const at = chosen.layer === outputLayer ? chosen.unit : scene.shown[chosen.layer].indexOf(chosen.unit);
    focus(spots[chosen.layer][Math.max(0, at)]);
  };

  /** @param {HTMLButtonElement} spot */
  function focus(spot) {
    for (const other of spots[Number(spot.dataset.layer)]) other.tabIndex = other === spot ? 0 : -1;
    spot.focus({ preventScroll: false });
  }

  // Events.

  const spotOf = (/** @type {Event} */ event) =>
    /** @type {HTMLButtonElement | null} */ (
      /** @type {Element} */ (event.target).closest?.("button[data-at]")
    );
  const point = (/** @type {Event} */ event) => {
    const spot = spotOf(event);
    pointed = spot && scene.layers ? unitAt(spot) : null;
    paintSoon();
  };
  const unpoint = () => {
    pointed = null;
    paintSoon();
  };
  board.addEventListener("pointerover", point);
  board.addEventListener("pointerleave", unpoint);
  board.addEventListener("focusin", (event) => {
    const spot = spotOf(event);
    if (spot?.matches(":focus-visible")) point(event);
  });
  board.addEventListener("focusout", unpoint);
  board.addEventListener("click", (event) => {
    const spot = spotOf(event);
    if (!spot || !scene.layers) return;
    for (const other of spots[Number(spot.dataset.layer)]) other.tabIndex = other === spot ? 0 : -1;
    const place = unitAt(spot);
    open(isSame(place, scene.chosen) ? null : place);
  });
  board.addEventListener("keydown", (event) => {
    const spot = spotOf(event);
    const next = spot && neighbour(spots[Number(spot.dataset.layer)], spot, event.key);
    if (!next) return;
    event.preventDefault();
    focus(next);
  });
  root.onkeydown = (event) => {
    if (event.key === "Escape" && scene.chosen) shut();
  };
  close.onclick = shut;
  back.onclick = () => {
    back.hidden = true;
    onPicture(null);
  };
  const writeRank = () => {
    const [all, n] = [Math.max(...hidden), counts[hidden.indexOf(Math.max(...hidden))]];
    const first = Math.min(n * page, all - n) + 1;
    setText(rank, fill(words.rank, { first, last: first + n - 1, all }));
    [before.disabled, after.disabled] = [page === 0, page >= pages - 1];
  };
  before.onclick = () => turn(-1);
  after.onclick = () => turn(1);
  tables.onclick = () => {
    listed.hidden = !listed.hidden;
    tables.setAttribute("aria-expanded", String(!listed.hidden));
    if (!listed.hidden) writeTables();
  };
  // Streamlit's colours follow the browser's some time later.
  const repaint = (/** @type {number} */ times) => {
    paintSoon();
    if (times) later("theme", 250, () => repaint(times - 1), true);
  };
  const onTheme = () => repaint(12);
  const onWindow = () => repaint(0);
  const sizes = new ResizeObserver(place);
  sizes.observe(stage);
  addEventListener("resize", onWindow);
  dark.addEventListener("change", onTheme);
  if (pages > 1) writeRank();
  place();
  writeLabels();

  return {
    setLayers,
    setPixels,
    scene,
    /** What the picture shows, in words. @param {string} text */
    setCaption: (text) => setText(caption, text),
    /** @param {(image: Exciting | null) => void} chosen  gets a test image, or null for the drawing */
    onChoice: (chosen) => (onPicture = chosen),
    /** True while a test image is shown that a person chose. */
    hasChoice: () => !back.hidden,
    dropChoice: () => (back.hidden = true),
    end() {
      ended = true;
      timers.forEach((timer) => clearTimeout(timer));
      cancelAnimationFrame(frameAsked);
      sizes.disconnect();
      removeEventListener("resize", onWindow);
      dark.removeEventListener("change", onTheme);
      root.onkeydown = null;
      root.replaceChildren();
    },
  };
}

/** @param {string} text @returns {HTMLButtonElement} */
const button = (text) =>
  /** @type {HTMLButtonElement} */ (element("button", "", text ? [text] : [], { type: "button" }));

/** @param {Record<string, string>} words */
const legend = (words) =>
  element("p", "lab-network-legend", [
    element("i", "", [], { "data-sign": "positive" }), words.raises,
    element("i", "", [], { "data-sign": "negative" }), words.lowers,
  ]);

// Text nodes stay: a new one would let Streamlit look through all they hold.
/** @param {HTMLElement} place @param {string} text */
function setText(place, text) {
  const node = place.firstChild;
  if (!(node instanceof Text)) place.textContent = text;
  else if (node.data !== text) node.data = text;
}

/**
 * The next button in the direction of a key.
 *
 * @param {HTMLButtonElement[]} group @param {HTMLButtonElement} from @param {string} key
 * @returns {HTMLButtonElement | null}  null if the key means nothing here
 */
function neighbour(group, from, key) {
  if (key === "Home") return group[0];
  if (key === "End") return group[group.length - 1];
  const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key] ?? [0, 0];
  if (!dx && !dy) return null;
  const middle = (/** @type {HTMLElement} */ { offsetLeft, offsetTop, offsetWidth, offsetHeight }) =>
    [offsetLeft + offsetWidth / 2, offsetTop + offsetHeight / 2];
  const [x, y] = middle(from);
  let [best, least] = [from, Infinity];
  for (const other of group) {
    const [u, v] = middle(other);
    const along = (u - x) * dx + (v - y) * dy;
    const cost = along + 3 * Math.abs((u - x) * dy + (v - y) * dx);
    if (along > 1 && cost < least) [best, least] = [other, cost];
  }
  return best;
}
