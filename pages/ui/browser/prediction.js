// @ts-check
// A chart on which a person draws how the accuracy will go, with finger, mouse or arrow keys. Called
// by Streamlit at mount and at every change of `data`.

const WIDTH = 340;
const HEIGHT = 200;
const EDGE = { left: 44, right: 10, top: 10, bottom: 30 };
const STEP = 0.02; // of the accuracy, for an arrow key
const SVG = "http://www.w3.org/2000/svg";

/** @param {string} tag @param {Record<string, unknown>} attributes @param {string} [text] */
export function element(tag, attributes, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = text;
  return made;
}

const across = WIDTH - EDGE.left - EDGE.right;
const down = HEIGHT - EDGE.top - EDGE.bottom;
/** @param {number} share */
export const toX = (share) => EDGE.left + share * across;
/** @param {number} accuracy */
export const toY = (accuracy) => EDGE.top + (1 - accuracy) * down;
/** @param {number} value */
const limited = (value) => Math.min(1, Math.max(0, value));

/**
 * Draw the axes: accuracy by epoch.
 *
 * @param {Element} chart  an SVG, which is emptied
 * @param {number} epochs
 * @param {string} title  of the axis of epochs
 */
export function drawAxes(chart, epochs, title) {
  chart.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  chart.replaceChildren();
  for (const accuracy of [0, 0.25, 0.5, 0.75, 1]) {
    const y = toY(accuracy);
    chart.append(
      element("line", { x1: toX(0), x2: toX(1), y1: y, y2: y, class: "lab-grid-line" }),
      element("text", { x: EDGE.left - 6, y: y + 4, "text-anchor": "end" }, `${100 * accuracy}%`),
    );
  }
  for (const share of [0, 0.5, 1]) {
    const text = String(Math.round(10 * share * epochs) / 10);
    chart.append(element("text", { x: toX(share), y: HEIGHT - 14, "text-anchor": "middle" }, text));
  }
  chart.append(
    element("text", { x: toX(0.5), y: HEIGHT - 1, "text-anchor": "middle" }, title),
  );
}

/** @param {any} component */
export default function ({ parentElement, setTriggerValue, data: bytes }) {
  const data = JSON.parse(new TextDecoder().decode(bytes));
  const root = parentElement.querySelector(".lab-prediction");
  const chart = root.querySelector("svg");
  const clear = root.querySelector("button");
  const { words, epochs } = data;
  for (const name of ["title", "note"]) {
    const text = root.querySelector(`.lab-prediction-${name}`);
    if (!text) continue; // a phone says it elsewhere
    text.textContent = words[name];
    text.hidden = !words[name];
  }
  const last = data.values.length - 1;
  /** @type {(number | null)[]} */
  let values = data.values;
  /** @type {{place: number, value: number} | null} */
  let from = null; // where the pointer was

  drawAxes(chart, epochs, words.epoch);
  const chance = { x1: toX(0), x2: toX(1), y1: toY(data.chance), y2: toY(data.chance), class: "lab-chance" };
  chart.append(element("line", chance));
  chart.append(element("text", { x: toX(1), y: toY(data.chance) - 10, "text-anchor": "end" }, words.chance));
  const hint = element("text", { x: toX(0.5), y: toY(0.55), "text-anchor": "middle" }, words.hint);
  const line = element("polyline", { class: "lab-predicted" });
  chart.append(hint, line);
  const handles = data.values.map((/** @type {any} */ _value, /** @type {number} */ place) => {
    const handle = element("circle", {
      r: 5, cx: toX(place / last), role: "slider", tabindex: place ? -1 : 0,
      "aria-valuemin": 0, "aria-valuemax": 100,
      "aria-label": words.point.replace("{epoch}", String(Math.round((10 * place * epochs) / last) / 10)),
    });
    chart.append(handle);
    return handle;
  });

  function show() {
    const known = values.flatMap((value, place) =>
      value === null ? [] : [`${toX(place / last).toFixed(1)},${toY(value).toFixed(1)}`],
    );
    line.setAttribute("points", known.join(" "));
    hint.setAttribute("visibility", known.length ? "hidden" : "visible");
    clear.disabled = !known.length;
    handles.forEach((/** @type {Element} */ handle, /** @type {number} */ place) => {
      const value = values[place];
      handle.setAttribute("cy", String(toY(value ?? data.chance)));
      handle.setAttribute("aria-valuenow", String(Math.round(100 * (value ?? data.chance))));
      handle.setAttribute("aria-valuetext", value === null ? words.none : `${Math.round(100 * value)} %`);
      handle.classList.toggle("lab-set", value !== null);
    });
  }

  const tell = () => setTriggerValue("predicted", values);

  /** @param {PointerEvent} event */
  function place(event) {
    const box = chart.getBoundingClientRect();
    const x = ((event.clientX - box.left) * WIDTH) / box.width;
    const y = ((event.clientY - box.top) * HEIGHT) / box.height;
    return {
      place: Math.min(last, Math.max(0, ((x - EDGE.left) / across) * last)),
      value: limited(1 - (y - EDGE.top) / down),
    };
  }

  /** Set all points between two places of the pointer. @param {PointerEvent} event */
  function drawTo(event) {
    const to = place(event);
    const begin = from ?? to;
    const [a, b] = begin.place <= to.place ? [begin, to] : [to, begin];
    values = values.map((value, at) => {
      if (at < a.place - 0.5 || at > b.place + 0.5) return value;
      const share = b.place > a.place ? limited((at - a.place) / (b.place - a.place)) : 1;
      const drawn = a.value + share * (b.value - a.value);
      return Math.round(1000 * drawn) / 1000;
    });
    from = to;
    show();
  }

  chart.onpointerdown = (/** @type {PointerEvent} */ event) => {
    if (event.button) return;
    event.preventDefault();
    chart.setPointerCapture(event.pointerId);
    from = null;
    drawTo(event);
  };
  chart.onpointermove = (/** @type {PointerEvent} */ event) => {
    if (from) drawTo(event);
  };
  chart.onpointerup = chart.onpointercancel = () => {
    if (from) tell();
    from = null;
  };
  chart.onkeydown = (/** @type {KeyboardEvent} */ event) => {
    const at = handles.indexOf(event.target);
    if (at < 0) return;
    const rise = { ArrowUp: STEP, ArrowDown: -STEP, PageUp: 5 * STEP, PageDown: -5 * STEP }[event.key];
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (rise) {
      const before = values[at] ?? values.slice(0, at).findLast((value) => value !== null) ?? data.chance;
      values = values.with(at, Math.round(1000 * limited(before + rise)) / 1000);
      show();
      tell();
    } else if (move && handles[at + move]) {
      handles[at].setAttribute("tabindex", "-1");
      handles[at + move].setAttribute("tabindex", "0");
      handles[at + move].focus();
    } else return;
    event.preventDefault();
  };
  clear.textContent = words.clear;
  clear.onclick = () => {
    values = values.map(() => null);
    show();
    tell();
  };
  show();
}
