// @ts-check
/** On the phone: choose a network, train it against the others, and see how it goes. */

import { make } from "./class_parts.js";
import { ask } from "./class_sender.js";
import { subscribe } from "./live.js";
import { drawAxes, element, toX, toY } from "./prediction.js";
import { follow } from "./run_record.js";
import { fill, percent } from "./text.js";

/** @typedef {import("./class_parts.js").Context} Context */
/** @typedef {import("./class_parts.js").View} View */
/** @typedef {import("./class_parts.js").Activity} Activity */

const LAYERS = [0, 1, 2, 3];
const UNITS = [8, 16, 32, 64, 128, 256, 512];
const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const BATCHES = [8, 16, 32, 64, 128, 256, 512];

/** @param {Context} context @returns {View} */
export function race({ config, me, activity, given, host, say }) {
  const { words, optimizers } = config;
  const { epochs } = activity.settings;
  const chosen = given.run?.settings ?? {};
  let isRevealed = false;
  let isOpen = activity.open;
  /** @type {(() => void)[]} */
  let ends = [];

  /** @param {string} title @param {[string, string][]} options  value, label @param {string} value */
  function field(title, options, value) {
    const select = make("select", {}, ...options.map(([key, label]) => make("option", { value: key }, label)));
    select.value = value;
    return { select, node: make("label", {}, title, select) };
  }
  const pairs = (/** @type {number[]} */ numbers) =>
    numbers.map((number) => /** @type {[string, string]} */ ([String(number), String(number)]));
  const layers = field(words.layers, pairs(LAYERS), String(chosen.hidden?.length ?? 1));
  const units = field(words.units, pairs(UNITS), String(chosen.hidden?.[0]?.units ?? 32));
  const optimizer = field(
    words.optimizer,
    Object.entries(optimizers).map(([key, [label]]) => [key, label]),
    chosen.optimizer ?? "adam",
  );
  const rate = field(words.rate, pairs(RATES), String(chosen.learning_rate ?? 0.001));
  const batch = field(words.batch, pairs(BATCHES), String(chosen.batch_size ?? 32));
  optimizer.select.onchange = () => (rate.select.value = String(optimizers[optimizer.select.value][1]));
  layers.select.onchange = () => (units.select.disabled = layers.select.value === "0");
  units.select.disabled = layers.select.value === "0";
  const problem = make("p", { class: "bad" });
  const button = make("button", { type: "button", class: "main", onclick: start }, words.start);
  const form = make(
    "div", {}, make("p", { class: "quiet" }, words.race_about),
    ...[layers, units, optimizer, rate, batch].map(({ node }) => node), problem,
    make("div", { class: "row" }, button),
  );
  const svg = element("svg", { class: "curve", role: "img", "aria-label": words.own_curve });
  const line = element("polyline", { class: "own" });
  const state = make("p");
  const again = make("button", { type: "button", onclick: () => showForm(true) }, words.choose_again);
  const place = make("p", { class: "good" });
  const watch = make("div", {}, place, state);
  watch.append(svg, make("div", { class: "row" }, again));
  host.append(form, watch);

  /** @param {boolean} isShown */
  function showForm(isShown) {
    form.hidden = !isShown;
    watch.hidden = isShown;
  }

  async function start() {
    const hidden = Array(Number(layers.select.value)).fill({ units: Number(units.select.value) });
    const settings = {
      hidden,
      optimizer: optimizer.select.value,
      learning_rate: Number(rate.select.value),
      batch_size: Number(batch.select.value),
    };
    button.disabled = true;
    const { status, content } = await ask(`/c/${me.code}/race`, { settings, activity: activity.id });
    button.disabled = false;
    if (status === 200) watchRun(content.run);
    else say((problem.textContent = content?.problem ?? words.no_server));
  }

  /** @param {string} run */
  function watchRun(run) {
    problem.textContent = "";
    ends.forEach((end) => end());
    showForm(false);
    drawAxes(svg, epochs, words.epoch);
    line.setAttribute("points", "");
    svg.append(line);
    state.textContent = words.waits;
    /** @type {import("./run_record.js").RunRecord | null} */
    let record = null;
    /** @type {any} */
    let known = null; // of the run's state
    function show() {
      const last = record?.chunks[record.chunks.length - 1];
      const phase = known?.version?.[0] ?? "";
      again.hidden = isRevealed || !isOpen;
      state.textContent = record?.tested !== null && record?.tested !== undefined
        ? fill(words.tested, { accuracy: percent(record.tested) })
        : known === null && record === null ? words.waits
        : ["failed", "cancelled", "stopped"].includes(phase) ? words.ended_early
        : last ? fill(words.at_epoch, { n: Math.floor(last.epoch), all: epochs, accuracy: percent(last.accuracy) })
        : known?.place ? fill(words.in_queue, { n: known.place }) : words.waits;
      if (!record) return;
      const points = record.chunks.map(({ epoch, accuracy }) =>
        `${toX(epoch / epochs).toFixed(1)},${toY(accuracy).toFixed(1)}`);
      line.setAttribute("points", points.join(" "));
    }
    ends = [
      follow(run, (found) => {
        record = found;
        show();
      }),
      subscribe(`state:${run}`, ({ value }) => {
        known = value ?? null;
        show();
      }),
    ];
    showNow = show;
  }
  let showNow = () => {};

  showForm(true);
  if (given.run?.run) watchRun(given.run.run);
  return {
    update({ open, revealed, result }) {
      isRevealed = revealed;
      isOpen = open;
      showNow();
      if (revealed && !ends.length) {
        showForm(false);
        [svg, again].forEach((node) => node.remove());
        state.textContent = words.none_given;
      }
      const own = (result?.places ?? []).find((/** @type {any} */ { member }) => member === me.member);
      place.textContent = own
        ? fill(words.placed, { n: own.place, all: result.places.length }) : "";
    },
    end: () => ends.forEach((end) => end()),
  };
}
