// @ts-check
/** Curves of a class on the board: a race, and guesses over the real curve. */

import { element, replace } from "./board_parts.js";
import { paced } from "./pace.js";
import { draw } from "./plot.js";
import { follow } from "./run_record.js";
import { fill, percent } from "./text.js";

/**
 * @typedef {import("./board_record.js").Board} Board
 * @typedef {import("./board_tiles.js").Stage} Stage
 * @typedef {import("./run_record.js").RunRecord} RunRecord
 * @typedef {{id: string, name: string, run: string, colour: string, points: [number, number][]}} Racer
 *   `points`: epoch and accuracy
 */

const PALE = "rgba(138, 141, 153, 0.55)";

/**
 * Layout of a chart for the projector, with large margins and no legend.
 *
 * @param {string} uirevision
 * @param {object} xaxis
 * @param {object} yaxis
 */
const layoutOf = (uirevision, xaxis, yaxis) => ({
  uirevision,
  showlegend: false,
  margin: { l: 70, b: 60, t: 10, r: 20 },
  xaxis,
  yaxis,
});

/** Epochs and accuracies, with the last chunk as its end. @param {RunRecord} record @returns {[number, number][]} */
export function accuracyCurve({ chunks, epochs }) {
  /** @type {[number, number][]} */
  const points = epochs.map(({ epoch, accuracy }) => [epoch, accuracy]);
  const last = chunks.at(-1);
  if (last && last.epoch > (points.at(-1)?.[0] ?? 0)) points.push([last.epoch, last.accuracy]);
  return points;
}

/**
 * The figure of a race.
 *
 * @param {Racer[]} racers
 * @param {string} chosen  the member whose curve is large; "" for none
 * @param {{epochs: number, axes: {x: object, y: object}}} options
 */
export function raceFigure(racers, chosen, { epochs, axes }) {
  const order = [...racers].sort((a, b) => Number(a.id === chosen) - Number(b.id === chosen));
  const data = order
    .filter(({ points }) => points.length)
    .map(({ id, name, colour, points }) => ({
      type: "scatter",
      mode: points.length === 1 ? "markers" : "lines",
      x: points.map(([x]) => x),
      y: points.map(([, y]) => y),
      customdata: points.map(() => id),
      name,
      hovertemplate: `${escaped(name)}: %{y}<extra></extra>`,
      line: { color: colour, width: id === chosen ? 7 : 3 },
      opacity: !chosen || id === chosen ? 1 : 0.3,
    }));
  return {
    data,
    layout: layoutOf("race", { ...axes.x, range: [0, epochs] }, data.length ? axes.y : { ...axes.y, range: [0, 1] }),
  };
}

/** Plotly reads tags in its texts. @param {string} text */
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

/** @param {HTMLElement} host @param {any} context */
const look = (host, { look, words }) => ({ ...look, label: words.curves, height: Math.max(240, host.parentElement?.clientHeight ?? 600) });

/**
 * A list of members as buttons. They stay in the page through all changes, so that a click or the
 * keyboard's focus is not lost while curves grow.
 *
 * @param {HTMLElement} list
 * @param {(id: string) => void} choose
 */
function ranking(list, choose) {
  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  /** @param {{id: string, place: string, name: string, value: string, colour: string, track?: Node}} row @param {string} chosen */
  const item = ({ id, place, name, value, colour, track }, chosen) => {
    let found = known.get(id);
    if (!found) {
      const button = element("button", "", element("b"), element("i", "lab-rank-dot"), element("span"), element("em"));
      button.type = "button";
      button.onclick = () => choose(id);
      known.set(id, (found = element("li", "", button)));
    }
    const button = /** @type {HTMLElement} */ (found.firstElementChild);
    const [number, dot, label, end, ...old] = /** @type {HTMLElement[]} */ ([...button.children]);
    [number.textContent, label.textContent, end.textContent] = [place, name, value];
    dot.style.background = colour;
    old.forEach((node) => node.remove());
    if (track) button.append(track);
    button.setAttribute("aria-pressed", String(id === chosen));
    return found;
  };
  /** @param {{id: string, place: string, name: string, value: string, colour: string, track?: Node}[]} rows @param {string} chosen */
  return (rows, chosen) => {
    list.style.setProperty("--count", String(rows.length));
    replace(list, rows.map((row) => item(row, chosen)));
  };
}

/**
 * Everybody's curve and the ranking.
 *
 * @param {HTMLElement} place
 * @param {any} context
 * @returns {Stage}
 */
export function race(place, context) {
  const { words, colours } = context;
  place.classList.add("lab-board-sides", "lab-board-race");
  const host = element("div", "lab-live-plot");
  host.setAttribute("role", "figure");
  const list = element("ol", "lab-ranking");
  const title = element("h2");
  const note = element("p", "lab-board-note");
  place.append(element("div", "lab-board-main", host), element("div", "lab-board-figures", title, list, note));
  /** @type {Map<string, {record: RunRecord | null, end: () => void}>} */
  const runs = new Map();
  /** @type {Board | null} */
  let board = null;
  let chosen = "";
  let isOver = false;
  const choose = (/** @type {string} */ id) => {
    chosen = chosen === id ? "" : id;
    redraw();
  };
  const showRanking = ranking(list, choose);
  /** @returns {Racer[]} */
  const racers = () => {
    const racing = (board?.members ?? []).filter(({ run }) => run);
    const anonymous = [...racing].sort((a, b) => (a.id < b.id ? -1 : 1));
    return racing.map((member) => {
      const place = anonymous.indexOf(member);
      const record = runs.get(member.run)?.record ?? null;
      const isNamed = board?.named && member.name;
      return {
        id: member.id,
        run: member.run,
        name: isNamed ? member.name : fill(words.racer, { n: place + 1 }),
        colour: colours.classes[place % colours.classes.length],
        points: record ? accuracyCurve(record) : [],
      };
    });
  };
  const rank = (/** @type {Racer[]} */ all) => {
    const activity = board?.school?.activity;
    const result = activity?.result;
    const byId = new Map(all.map((racer) => [racer.id, racer]));
    const lowest = Math.min(1, ...(result?.places ?? []).map((/** @type {any} */ one) => one.interval[0]));
    const scale = (/** @type {number} */ value) => (100 * (value - lowest)) / Math.max(0.001, 1 - lowest);
    const items = result
      ? result.places.flatMap((/** @type {any} */ placed) => {
          const racer = byId.get(placed.member);
          return racer ? [row(racer, String(placed.place), percent(placed.accuracy), placed.interval.map(scale), scale(placed.accuracy))] : [];
        })
      : [...all]
          .sort((a, b) => (b.points.at(-1)?.[1] ?? -1) - (a.points.at(-1)?.[1] ?? -1))
          .map((racer) => row(racer, "", percent(racer.points.at(-1)?.[1]), null, 0));
    title.textContent = result ? words.ranking : words.training;
    note.textContent = !result ? "" : result.waiting ? fill(words.stillTraining, { n: result.waiting }) : words.equal;
    showRanking(items, chosen);
  };
  /** @param {Racer} racer @param {string} place @param {string} value @param {number[] | null} interval @param {number} at */
  const row = (racer, place, value, interval, at) => {
    const shown = { id: racer.id, place, name: racer.name, value, colour: racer.colour };
    if (!interval) return shown;
    const whisker = element("u");
    whisker.style.left = `${interval[0]}%`;
    whisker.style.width = `${interval[1] - interval[0]}%`;
    const point = element("s");
    point.style.left = `${at}%`;
    return { ...shown, track: element("span", "lab-rank-track", whisker, point) };
  };
  const redraw = paced(async () => {
    if (isOver) return;
    const all = racers();
    rank(all);
    const epochs = board?.school?.activity?.settings.epochs ?? 1;
    const figure = raceFigure(all, chosen, { epochs, axes: context.look.axes });
    await draw(host, figure, look(host, context), { isWanted: () => !isOver });
    if (isOver) return;
    const plot = /** @type {any} */ (host);
    plot.removeAllListeners?.("plotly_click");
    plot.on?.("plotly_click", (/** @type {any} */ { points }) => choose(points[0].customdata));
  });
  return {
    update(now) {
      board = now;
      const wanted = new Set(now.members.map(({ run }) => run).filter(Boolean));
      for (const [run, { end }] of runs) {
        if (wanted.has(run)) continue;
        end();
        runs.delete(run);
      }
      for (const run of wanted) {
        if (runs.has(run)) continue;
        /** @type {{record: RunRecord | null, end: () => void}} */
        const entry = { record: null, end: () => {} };
        runs.set(run, entry);
        entry.end = follow(run, (record) => {
          entry.record = record;
          redraw();
        });
      }
      redraw();
    },
    end() {
      isOver = true;
      runs.forEach(({ end }) => end());
    },
  };
}

/**
 * All guesses over the real curve.
 *
 * @param {Board} board
 * @param {string} chosen
 * @param {any} context
 */
export function guessFigure({ members, named, school }, chosen, { words, colours, look: { axes } }) {
  const result = school?.activity?.result;
  const epochs = result?.epochs ?? 1;
  const guessed = members.filter(({ points }) => points);
  const best = new Set((result?.guesses ?? []).slice(0, 1).map((/** @type {any} */ one) => one.member));
  const data = guessed.map(({ id, name, points = [] }) => ({
    type: "scatter",
    mode: "lines",
    x: points.map((_y, i) => (epochs * i) / (points.length - 1)),
    y: points,
    customdata: points.map(() => id),
    hovertemplate: `${escaped(named && name ? name : words.somebody)}<extra></extra>`,
    line: {
      color: id === chosen ? colours.ours : best.has(id) ? colours.best : PALE,
      width: id === chosen ? 6 : best.has(id) ? 4 : 2,
      shape: "spline",
      dash: "dash",
    },
  }));
  data.push(/** @type {any} */ ({
    type: "scatter",
    mode: "lines+markers",
    x: (result?.real ?? []).map((/** @type {number[]} */ point) => epochs * point[0]),
    y: (result?.real ?? []).map((/** @type {number[]} */ point) => point[1]),
    hovertemplate: "%{y}<extra></extra>",
    line: { color: colours.test, width: 7 },
    marker: { size: 12 },
  }));
  return {
    data,
    layout: layoutOf("guesses", { ...axes.x, range: [0, epochs] }, { ...axes.y, range: [0, 1.02] }),
  };
}

/**
 * @param {HTMLElement} place
 * @param {any} context
 * @returns {Stage}
 */
export function predicted(place, context) {
  const { words } = context;
  const note = element("p", "lab-question-text");
  const about = element("p", "lab-board-note");
  const host = element("div", "lab-live-plot");
  host.setAttribute("role", "figure");
  const title = element("h2", "", words.closest);
  const list = element("ol", "lab-ranking");
  const side = element("div", "lab-board-figures", title, list);
  const main = element("div", "lab-board-main", host);
  /** @type {Board | null} */
  let board = null;
  let chosen = "";
  let isOver = false;
  const redraw = paced(async () => {
    if (isOver || !board?.school?.activity?.revealed) return;
    await draw(host, guessFigure(board, chosen, context), look(host, context), { isWanted: () => !isOver });
    if (isOver) return;
    const plot = /** @type {any} */ (host);
    plot.removeAllListeners?.("plotly_click");
    plot.on?.("plotly_click", (/** @type {any} */ { points }) => choose(points[0].customdata));
  });
  const choose = (/** @type {string} */ id) => {
    chosen = chosen === id ? "" : id;
    if (board) update(board);
  };
  const showRanking = ranking(list, choose);
  /** @param {Board} now */
  const update = (now) => {
    board = now;
    const activity = now.school?.activity;
    if (!activity?.revealed) {
      if (!note.isConnected) place.replaceChildren(note, about);
      place.classList.add("lab-board-question");
      note.textContent = words.guess;
      const { title, epochs, run } = activity?.settings ?? {};
      const name = context.titles[title] ?? title;
      about.textContent = run ? words.trains : title ? fill(words.about, { title: name, epochs }) : "";
      return;
    }
    if (!main.isConnected) {
      place.classList.add("lab-board-sides", "lab-board-race");
      place.replaceChildren(main, side);
    }
    const names = new Map(now.members.map(({ id, name }) => [id, now.named ? name : ""]));
    const guesses = (activity.result?.guesses ?? []).filter((/** @type {any} */ one) => names.has(one.member));
    const rows = guesses.map((/** @type {any} */ { member, distance }, /** @type {number} */ i) => ({
      id: member,
      place: String(i + 1),
      name: names.get(member) || words.somebody,
      value: fill(words.points, { n: (100 * distance).toFixed(1) }),
      colour: member === chosen ? context.colours.ours : i ? PALE : context.colours.best,
    }));
    showRanking(rows, chosen);
    redraw();
  };
  return {
    update,
    end() {
      isOver = true;
    },
  };
}
