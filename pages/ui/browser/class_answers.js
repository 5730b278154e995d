// @ts-check
/** On the phone: a question, a curve to predict, and a page that all look at together. */

import { choices, make } from "./class_parts.js";
import chart, { element, toX, toY } from "./prediction.js";
import { follow as followRun } from "./run_record.js";
import { fill, percent } from "./text.js";

/** @typedef {import("./class_parts.js").Context} Context */
/** @typedef {import("./class_parts.js").View} View */

const POINTS = 11; // of a predicted curve, as model_store/runs/prediction.py has them

/** @param {Context} context @returns {View} */
export function question({ config, activity, given, host, send, say }) {
  const { words } = config;
  const { text, options } = activity.settings;
  let chosen = given.answer?.option ?? -1;
  const state = make("p", { class: "quiet" });
  const buttons = choices(text, "options", options, async (option) => {
    const before = chosen;
    chosen = option;
    buttons.press(option);
    state.textContent = words.sending;
    const taken = await send("answer", { option });
    if (chosen !== option) return;
    if (!taken) buttons.press((chosen = before));
    state.textContent = chosen < 0 ? "" : words.can_change;
    if (taken) say(words.sent);
  });
  buttons.press(chosen);
  host.append(make("p", { class: "target" }, text), buttons.node, state);
  if (chosen >= 0) state.textContent = words.can_change;
  return {
    update({ open, revealed, settings, result }) {
      if (!revealed) {
        if (!open) state.textContent = chosen < 0 ? words.none_given : words.answer_stays;
        return;
      }
      const right = settings.right ?? null;
      const all = result?.given ?? 0;
      const verdict = right === null ? words.thanks_answer
        : chosen < 0 ? words.none_given
        : chosen === right ? words.right : fill(words.wrong, { name: options[right] });
      const share = right !== null && all
        ? fill(words.share_right, { n: result.correct, all }) : "";
      state.className = right === null || chosen < 0 ? "" : chosen === right ? "good" : "bad";
      state.textContent = `${verdict} ${share}`.trim();
    },
    end() {},
  };
}

/** @param {Context} context @returns {View} */
export function curveToPredict({ config, me, activity, given, host, send, say }) {
  const { words } = config;
  const { epochs, title } = activity.settings;
  const state = make("p", { class: "quiet" }, given.curve ? words.can_change : "");
  const svg = element("svg", { role: "group" });
  const box = make("div", { class: "lab-prediction" });
  const clear = make("button", { type: "button" });
  const parent = make("div", {}, box);
  box.append(svg, clear);
  const place = make("p", { class: "good" });
  host.append(make("p", {}, config.titles[title] ?? title), place, parent, state);
  /** @type {(number | null)[]} */
  let values = given.curve?.points ?? Array(POINTS).fill(null);
  const data = {
    epochs,
    values,
    chance: 1 / config.names.length,
    words: {
      epoch: words.epoch, chance: words.chance, hint: words.draw_curve, clear: words.clear,
      point: words.point, none: words.not_drawn,
    },
  };
  /** @type {(() => void) | null} */
  let stop = null;
  /** @type {import("./run_record.js").RunRecord | null} */
  let record = null;
  chart({
    parentElement: parent,
    data: new TextEncoder().encode(JSON.stringify(data)),
    async setTriggerValue(/** @type {string} */ _name, /** @type {(number | null)[]} */ drawn) {
      values = drawn;
      if (drawn.filter((value) => value !== null).length < 2) return;
      state.textContent = words.sending;
      const taken = await send("curve", { points: filled(drawn) });
      if (values !== drawn) return;
      state.textContent = taken ? words.can_change : "";
      if (taken) say(words.sent);
    },
  });
  const line = element("polyline", { class: "own" });
  svg.append(line);

  function showRecord() {
    if (!record) return;
    const known = record.chunks.map(({ epoch, accuracy }) => [epoch / epochs, accuracy]);
    line.setAttribute("points", known.map(([x, y]) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`).join(" "));
    const points = values.some((value) => value !== null) ? filled(values) : null;
    const last = record.chunks[record.chunks.length - 1];
    if (!points || !last) {
      state.textContent = words.real_curve;
      return;
    }
    const ends = record.epochs.map(({ epoch, accuracy }) => [epoch / epochs, accuracy]);
    const far = (ends.length ? ends : known).map(([x, y]) => Math.abs(at(points, x) - y));
    state.textContent = fill(words.distance, {
      n: (100 * far.reduce((a, b) => a + b, 0) / far.length).toFixed(1),
      epoch: Math.floor(last.epoch), all: epochs, accuracy: percent(last.accuracy),
    });
  }

  return {
    update({ settings, result }) {
      const guesses = result?.guesses ?? [];
      const own = guesses.findIndex((/** @type {any} */ { member }) => member === me.member);
      place.textContent = own < 0 ? "" : fill(words.placed, { n: own + 1, all: guesses.length });
      if (!settings.run || stop) return;
      svg.style.pointerEvents = "none"; // what was drawn stays
      clear.hidden = true;
      state.className = "";
      stop = followRun(settings.run, (found) => {
        record = found;
        showRecord();
      });
    },
    end: () => stop?.(),
  };
}

/** Accuracies with no gap: straight lines between points, and level before and after them.
 * @param {ReadonlyArray<number | null>} values  two or more are numbers */
function filled(values) {
  const known = values.flatMap((value, place) => (value === null ? [] : [{ place, value }]));
  return values.map((value, place) => {
    if (value !== null) return value;
    const after = known.find((one) => one.place > place) ?? known[known.length - 1];
    const before = [...known].reverse().find((one) => one.place < place) ?? after;
    const share = after.place === before.place ? 0 : (place - before.place) / (after.place - before.place);
    return before.value + share * (after.value - before.value);
  });
}

/** The height of a curve at a part of the training. @param {number[]} points @param {number} part */
function at(points, part) {
  const place = Math.min(Math.max(part, 0), 1) * (points.length - 1);
  const before = Math.min(Math.floor(place), points.length - 2);
  return points[before] + (place - before) * (points[before + 1] - points[before]);
}

/** @param {Context} context @returns {View} */
export function follow({ config, host }) {
  const frame = make("iframe", { title: config.words.page });
  let shown = "";
  host.append(frame);
  return {
    update({ settings: { path } }) {
      const address = new URL(path, location.origin);
      if (path === shown || address.origin !== location.origin) return;
      if (shown) turn(frame, address);
      else frame.src = address.href;
      shown = path;
    },
    end() {},
  };
}

/**
 * Lead a frame to another address, without an entry in the phone's history.
 *
 * Another step of the same page comes as by the Back button: the app is not loaded again.
 *
 * @param {HTMLIFrameElement} frame
 * @param {URL} address
 */
function turn(frame, address) {
  const inside = frame.contentWindow;
  if (!inside) return;
  const isThere = inside.location.pathname === address.pathname && inside.document.readyState === "complete";
  if (!isThere) inside.location.replace(address.href);
  else {
    inside.history.replaceState(null, "", address.href);
    inside.dispatchEvent(new PopStateEvent("popstate"));
  }
}
