// @ts-check
// Shows trials of a sweep as cards, each a link to its run, with a small curve. Called by Streamlit
// at mount and at every change of `data`.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 100; // of a small curve's own units
const HEIGHT = 36;
const EDGE = 3;
/** @typedef {import("./sweep_record.js").Trial} Trial */
/** @typedef {{low: number, high: number, epochs: number}} Scale */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {(Node | string)[]} children
 */
function element(tag, ...children) {
  const node = document.createElement(tag);
  node.append(...children);
  return node;
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {Node[]} children */
function shape(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** One scale for the curves of all these trials. @param {Trial[]} trials @returns {Scale} */
function scaleOf(trials) {
  const points = trials.flatMap(({ curve }) => curve);
  const values = points.map(([, value]) => value);
  const low = values.length ? Math.min(...values) : 0;
  const high = values.length ? Math.max(...values) : 1;
  return { low, high: Math.max(high, low + 0.01), epochs: Math.max(1, ...points.map(([epoch]) => epoch)) };
}

/** @param {Trial} trial @param {string} colour @param {Scale} scale @param {string} label */
function smallCurve({ curve, state }, colour, { low, high, epochs }, label) {
  const places = curve.map(([epoch, value]) => [
    (EDGE + ((WIDTH - 2 * EDGE) * (epoch - 1)) / Math.max(1, epochs - 1)).toFixed(1),
    (HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (value - low)) / (high - low)).toFixed(1),
  ]);
  const image = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label };
  const end = places.at(-1);
  if (!end) return shape("svg", image);
  const dashes = ["pruned", "stopped"].includes(state) ? "3 2" : "none";
  const line = { fill: "none", stroke: colour, "stroke-width": 1.4, "stroke-dasharray": dashes };
  return shape(
    "svg",
    image,
    shape("polyline", { points: places.map(String).join(" "), ...line }),
    shape("circle", { cx: end[0], cy: end[1], r: 2, fill: colour }),
  );
}

/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector(".lab-trials-box");
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  const [grid, note] = root.children;
  const { colours, count, from, labels, live, words } = data;
  let gone = false;
  let stop = () => {};
  grid.ariaLabel = words.trials;
  /** @type {Map<number, {item: HTMLElement, shown: string}>} */
  const cards = (root.cards ??= new Map());
  const load = (/** @type {string} */ name) => import(`${location.origin}${data.modules}/${name}.js`);

  Promise.all(["sweep_record", "text"].map(load)).then(([records, text]) => {
    if (gone) return;
    /** @param {Trial} trial @param {boolean} isBest @param {Scale} scale */
    const content = (trial, isBest, scale) => {
      const [first, last] = [trial.curve[0], trial.curve.at(-1)];
      const said = last
        ? { first: text.percent(first[1]), last: text.percent(last[1]), n: last[0] }
        : {};
      const label = text.fill(last ? words.curve : words.none, said);
      const state = isBest ? words.best : words.states[trial.state];
      const accuracy = text.percent(records.accuracy(trial));
      const head = element("p", element("b", accuracy), element("small", state ?? trial.state));
      head.className = "lab-trial-head";
      const lines = records
        .settings(trial, labels)
        .map((/** @type {[string, string]} */ [name, value]) => element("span", `${name} `, element("b", value)));
      const colour = isBest ? colours.best : colours.others;
      const parts = [head, smallCurve(trial, colour, scale, label), element("p", ...lines)];
      const { [document.documentElement.lang]: message = trial.message.en } = trial.message;
      return message ? [...parts, element("small", message)] : parts;
    };
    /** @param {Trial} trial @param {boolean} isBest @param {Scale} scale */
    const card = (trial, isBest, scale) => {
      const shown = JSON.stringify([trial, isBest, scale, data.words, data.labels]);
      const known = cards.get(trial.number) ?? { item: element("div"), shown: "" };
      const { item } = known;
      cards.set(trial.number, known);
      if (known.shown === shown) return item;
      known.shown = shown;
      item.setAttribute("role", "listitem");
      item.dataset.state = trial.state;
      item.dataset.best = String(isBest);
      /** @type {HTMLElement} */
      let place = item;
      if (trial.run) {
        // The same link, which may have the focus.
        const link = item.querySelector("a") ?? element("a");
        link.href = `train?${new URLSearchParams({ run: trial.run })}`;
        link.target = "_self";
        link.title = text.fill(words.trial, { n: trial.number + 1 });
        if (!link.parentElement) item.replaceChildren(link);
        place = link;
      }
      place.replaceChildren(...content(trial, isBest, scale));
      return item;
    };
    stop = records.follow(
      data.sweep,
      (/** @type {import("./sweep_record.js").SweepRecord} */ { best, trials }) => {
        const shown = records.ranked(trials).slice(from, from + count);
        const scale = scaleOf(shown);
        const items = shown.map((/** @type {Trial} */ trial) => card(trial, trial.number === best, scale));
        arrange(grid, items);
        const more = live && shown.length < trials.length;
        note.textContent = more ? text.fill(words.some, { n: shown.length, all: trials.length }) : "";
      },
    );
  });
  root.end = () => {
    gone = true;
    stop();
  };
  return root.end;
}

/** Put cards into their order; one that has the focus keeps it. @param {Element} grid @param {Element[]} items */
function arrange(grid, items) {
  if (items.length === grid.children.length && items.every((item, i) => item === grid.children[i])) return;
  const focused = /** @type {HTMLElement | null} */ (grid.querySelector(":focus"));
  grid.replaceChildren(...items);
  if (focused?.isConnected) focused.focus({ preventScroll: true });
}
