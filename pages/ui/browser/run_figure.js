// @ts-check
/** The figure of a run's curve, from its record. No DOM. */

import { fill } from "./text.js";

/** @typedef {import("./run_record.js").RunRecord} RunRecord */
/**
 * @typedef {{figure: "loss" | "accuracy", epochs: number, axis: object,
 *   words: {[name: string]: string}, colours: {[name: string]: string},
 *   prediction?: [number, number][], schedule?: [number, number][]}} Options
 *   `epochs` of the whole training; `axis` as Plotly has it; `schedule`: epochs and learning rates,
 *   as they are unless they are set by hand or on plateau
 */

const FEW = 30; // epochs; more of them are drawn without dots
const WIDE = 0.3; // of the axis: a label of a learning rate on a small chart
const ROWS = 5; // of such labels, below each other
const ROW = 0.09; // of the axis' height

/**
 * Epochs and learning rates of a run: its schedule, until the rate is set in another way.
 *
 * @param {[number, number][]} schedule
 * @param {RunRecord} record
 * @returns {[number, number][]}
 */
function learningRates(schedule, { rates, chunks, tested }) {
  const last = schedule.at(-1)?.[0] ?? 0;
  const end = tested === null ? last : (chunks.at(-1)?.epoch ?? last);
  const first = rates[0]?.epoch ?? Infinity;
  const line = schedule.filter(([epoch]) => epoch <= Math.min(end, first));
  for (const { epoch, value } of rates) line.push([epoch, line.at(-1)?.[1] ?? value], [epoch, value]);
  if (rates.length) line.push([end, rates[rates.length - 1].value]);
  return line;
}

/**
 * Give each label the first row in which it covers none before it; a label without room is left out.
 *
 * @template {{epoch: number}} T
 * @param {T[]} labels  by epoch
 * @param {number} all  epochs of the axis
 * @returns {(T & {row: number})[]}
 */
export function inRows(labels, all) {
  const ends = new Array(ROWS).fill(-Infinity);
  return labels.flatMap((label) => {
    const row = ends.findIndex((end) => end <= label.epoch);
    if (row < 0) return [];
    ends[row] = label.epoch + WIDE * all;
    return [{ ...label, row }];
  });
}

/**
 * Loss or accuracy of training and validation by epoch.
 *
 * @param {RunRecord} record
 * @param {Options} options
 * @param {RunRecord | null} [before]  of another run, drawn pale below
 * @returns {{data: any[], layout: any}}  as Plotly has it
 */
export function runFigure(
  record,
  { figure, epochs: all, words, colours, axis, prediction = [], schedule = [] },
  before = null,
) {
  const { chunks, epochs, rates, kept, stopped } = record;
  /** @param {number[]} x @param {(number | null)[]} y @param {string} name @param {string} color */
  const line = (x, y, name, color) => ({
    type: "scatter", x, y, name, mode: "lines", line: { color, width: 2.5 },
  });
  const known = epochs.filter((end) => end[`val_${figure}`] !== null);
  const traces = [
    line(
      chunks.map(({ epoch }) => epoch),
      chunks.map((chunk) => chunk[figure]),
      words.training,
      colours.training,
    ),
  ];
  if (known.length) {
    const x = known.map(({ epoch }) => epoch);
    const y = known.map((end) => end[`val_${figure}`]);
    const mode = x.length <= FEW ? "lines+markers" : "lines";
    const dots = { mode, marker: { size: 9 } };
    traces.push(Object.assign(line(x, y, words.validation, colours.validation), dots));
  }
  if (before?.chunks.length) {
    const x = before.chunks.map(({ epoch }) => epoch);
    const y = before.chunks.map((chunk) => chunk[figure]);
    const pale = { opacity: 0.55, line: { color: colours.before, width: 1.5 } };
    traces.unshift(Object.assign(line(x, y, words.before, ""), pale));
  }
  if (prediction.length) {
    const [x, y] = [0, 1].map((i) => prediction.map((point) => point[i]));
    const dashed = { line: { color: colours.predicted, width: 2.5, dash: "dash" } };
    traces.unshift(Object.assign(line(x, y, words.predicted, ""), dashed));
  }
  /** @type {{epoch: number, value: number} | null} */
  let top = null; // the largest learning rate of a schedule
  if (schedule.length) {
    const [x, y] = [0, 1].map((i) => learningRates(schedule, record).map((point) => point[i]));
    const thin = { yaxis: "y2", showlegend: false, line: { color: colours.rate, width: 1.5, dash: "dot" } };
    traces.unshift(Object.assign(line(x, y, words.rate, ""), thin));
    top = { epoch: x[y.indexOf(Math.max(...y))], value: Math.max(...y) };
  }
  const ends = [
    ...(kept ? [{ epoch: kept, text: words.kept, color: colours.validation }] : []),
    ...(stopped ? [{ epoch: stopped, text: words.stopped, color: colours.before }] : []),
  ];
  const yaxis = /** @type {any} */ ({ ...axis });
  // Plotly would show -100 % to 400 %, and would go on to under the same `uirevision`.
  const isBare = figure === "accuracy" && chunks.length + known.length < 2;
  if (isBare) Object.assign(yaxis, { range: [0, 1], uirevision: "bare" });
  const colour = colours.rate;
  return {
    data: traces,
    layout: {
      uirevision: "run",
      showlegend: true,
      margin: { t: 4, b: 40, l: 48 },
      legend: { itemwidth: 30, y: 1 },
      xaxis: {
        title: { text: words.epoch },
        range: [0, all],
        unifiedhovertitle: { text: fill(words.hover, { x: "%{x:.2f}" }) },
      },
      yaxis,
      ...(schedule.length && {
        yaxis2: { overlaying: "y", side: "right", rangemode: "tozero", visible: false },
      }),
      hovermode: "x unified",
      shapes: [...rates.map(({ epoch }) => ({ epoch, color: colour })), ...ends].map(
        ({ epoch, color }) => ({
          type: "line", line: { color, dash: "dot", width: 2 },
          xref: "x", x0: epoch, x1: epoch, yref: "y domain", y0: 0, y1: 1,
        }),
      ),
      annotations: [
        ...inRows(top && !rates.length ? [top] : rates, all).map(({ epoch, value, row }) => ({
          text: `η ${Number(value.toPrecision(6))}`, font: { color: colour }, showarrow: false,
          xref: "x", x: epoch, xanchor: "left", yref: "y domain", y: 1 - ROW * row, yanchor: "top",
        })),
        ...ends.map(({ epoch, text, color }) => ({
          text, font: { color }, showarrow: false, xref: "x", x: epoch,
          xanchor: epoch > all / 2 ? "right" : "left", yref: "y domain",
          y: text === words.kept ? 0.7 : 0.4, yanchor: "middle",
        })),
      ],
    },
  };
}
