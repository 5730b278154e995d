// @ts-check
/** The figure of all trials of a sweep, from its record. No DOM. */

import { describe } from "./sweep_record.js";
import { fill } from "./text.js";

/**
 * @typedef {import("./sweep_record.js").SweepRecord} SweepRecord
 * @typedef {import("./sweep_record.js").Trial} Trial
 * @typedef {{labels: import("./sweep_record.js").Labels, axes: {x: object, y: object},
 *   colours: {best: string, others: string}, words: {epoch: string}}} Options
 *   `axes` as Plotly has them
 */

const FEWEST = 4; // points of a curve; fewer are drawn with dots

/**
 * Curves as one trace, with gaps between them: many traces are slow.
 *
 * @param {ReadonlyArray<Trial>} trials
 * @param {Options} options
 * @param {object} style
 */
function trace(trials, { labels, words }, style) {
  /** @type {(number | null)[]} */
  const x = [];
  /** @type {(number | null)[]} */
  const y = [];
  /** @type {string[]} */
  const text = [];
  for (const trial of trials) {
    if (x.length) {
      x.push(null);
      y.push(null);
      text.push("");
    }
    const name = escaped(describe(trial, labels));
    for (const [epoch, accuracy] of trial.curve) {
      x.push(epoch);
      y.push(accuracy);
      text.push(name);
    }
  }
  const hovertemplate = `%{text}<br>${fill(words.epoch, { x: "%{x}" })}: %{y}<extra></extra>`;
  return { type: "scatter", x, y, text, hovertemplate, connectgaps: false, ...style };
}

/** Plotly reads tags in its texts. @param {string} text */
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

/**
 * The validation accuracy of every trial by epoch; the best one in colour, on top.
 *
 * @param {SweepRecord} record
 * @param {Options} options
 * @returns {{data: any[], layout: any}}  as Plotly has it
 */
export function trialFigure({ trials, best }, options) {
  const { axes, colours } = options;
  const drawn = trials.filter(({ curve }) => curve.length);
  const isShort = (/** @type {Trial} */ { curve }) => curve.length < FEWEST;
  const others = drawn.filter(({ number }) => number !== best);
  const groups = [
    { of: others.filter((trial) => !isShort(trial)), color: colours.others, width: 1.5 },
    { of: others.filter(isShort), color: colours.others, width: 1.5 },
    { of: drawn.filter(({ number }) => number === best), color: colours.best, width: 3 },
  ];
  const data = groups
    .filter(({ of }) => of.length)
    .map(({ of, color, width }) =>
      trace(of, options, { mode: isShort(of[0]) ? "lines+markers" : "lines", line: { color, width } }),
    );
  return {
    data,
    layout: {
      uirevision: "sweep",
      showlegend: false,
      xaxis: axes.x,
      // Plotly would show -100 % to 400 %.
      yaxis: data.length ? axes.y : { ...axes.y, range: [0, 1] },
    },
  };
}
