// @ts-check
/** The record of a sweep, from its topic, and what is said about its trials. No DOM. */

import { subscribe } from "./live.js";

/**
 * @typedef {{number: number, state: string, run: string, message: Record<string, string>,
 *   point: [string, string][], value: number | null, curve: [number, number][]}} Trial
 *   `point`: settings and their values, numbers as text; `curve`: epochs and validation accuracies;
 *   `run` is "" if there is none
 * @typedef {{spent: number, best: number | null, trials: Trial[]}} SweepRecord
 *   `spent` in seconds, `best` the number of a trial
 * @typedef {{settings: Record<string, string>, choices: Record<string, Record<string, string>>}} Labels
 *   of settings, and of the choices of settings that have some
 */

/** @returns {SweepRecord} */
export const emptyRecord = () => ({ spent: 0, best: null, trials: [] });

/**
 * Follow the record of a sweep.
 *
 * @param {string} sweep  its id
 * @param {(record: SweepRecord) => void} watcher  is called at each change, not once it is deleted
 * @returns {() => void}  ends it
 */
export function follow(sweep, watcher) {
  /** @type {Map<number, Trial>} */
  let trials = new Map();
  return subscribe(`sweep:${sweep}`, ({ snapshot, value, parts }) => {
    if (!value || !parts) return;
    if (snapshot) trials = new Map();
    for (const trial of parts) trials.set(trial.number, trial);
    watcher({ spent: value.spent, best: value.best, trials: [...trials.values()] });
  });
}

/** The accuracy that a trial has, or had last. @param {Trial} trial */
export const accuracy = ({ value, curve }) => value ?? curve.at(-1)?.[1] ?? null;

/** @param {Trial} trial */
const rank = ({ value, curve }) => value ?? (curve.at(-1)?.[1] ?? -1) - 1;

/**
 * Sort trials: unfinished first, then the best, then those without a result.
 *
 * @param {ReadonlyArray<Trial>} trials
 */
export const ranked = (trials) =>
  [...trials].sort(
    (a, b) =>
      Number(b.state === "open") - Number(a.state === "open") ||
      rank(b) - rank(a) ||
      a.number - b.number,
  );

/**
 * The settings of a trial with their values, for a person.
 *
 * @param {Trial} trial
 * @param {Labels} labels
 * @returns {[string, string][]}
 */
export const settings = ({ point }, { settings: names, choices }) =>
  point.map(([name, value]) => [own(names, name) ?? name, own(own(choices, name) ?? {}, value) ?? value]);

/**
 * The settings of a trial in a line.
 *
 * @param {Trial} trial
 * @param {Labels} labels
 */
export const describe = (trial, labels) =>
  settings(trial, labels)
    .map((pair) => pair.join(" "))
    .join(", ");

/**
 * @template T
 * @param {Record<string, T>} object
 * @param {string} name
 * @returns {T | undefined}
 */
const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);
