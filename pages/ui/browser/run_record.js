// @ts-check
/** The record of a run that trains or has trained, from the events of its topic. */

import { subscribe } from "./live.js";

/**
 * @typedef {{step: number, epoch: number, loss: number, accuracy: number,
 *   images_per_second: number, time: number}} Chunk  means over some batches
 * @typedef {{epoch: number, step: number, loss: number, accuracy: number, val_loss: number | null,
 *   val_accuracy: number | null, seconds: number, learning_rate: number, time: number}} Epoch
 * @typedef {{step: number, epoch: number, value: number}} Rate  set by hand or on plateau
 * @typedef {{chunks: Chunk[], epochs: Epoch[], rates: Rate[], batches: number, begun: number,
 *   tested: number | null, kept: number, stopped: number, version: number}} RunRecord
 *   `batches`: steps taken one by one; `begun`: epochs done when the training began or was resumed;
 *   `tested`: the test accuracy at the end; `kept`: the epoch whose weights the model has, and
 *   `stopped`: that after which early stopping ended it, 0 for neither; `version` grows with each
 *   change.
 * @typedef {(record: RunRecord) => void} Watcher
 */

/** @returns {RunRecord} */
export const emptyRecord = () => ({
  chunks: [],
  epochs: [],
  rates: [],
  batches: 0,
  begun: 0,
  tested: null,
  kept: 0,
  stopped: 0,
  version: 0,
});

/**
 * Add events, oldest first.
 *
 * @param {RunRecord} record
 * @param {ReadonlyArray<any>} events  as `model_store/runs/events.py` has them
 */
export function add(record, events) {
  for (const event of events) {
    if (event.kind === "chunk") record.chunks.push(event);
    else if (event.kind === "epoch") record.epochs.push(event);
    else if (event.kind === "learning_rate") record.rates.push(event);
    else if (event.kind === "batch") record.batches += 1;
    else if (event.kind === "evaluated") {
      record.tested = event.test_accuracy;
      record.kept = event.kept_epoch ?? 0;
      record.stopped = event.stopped_early ? event.epochs : 0;
    } else if (event.kind === "started") {
      // A resumed run repeats the steps after its checkpoint.
      record.begun = event.epoch ?? 0;
      const kept = (/** @type {{epoch: number}} */ { epoch }) => epoch <= record.begun;
      record.chunks = record.chunks.filter(kept);
      record.epochs = record.epochs.filter(kept);
      record.rates = record.rates.filter(kept);
    }
  }
  record.version += 1;
}

/**
 * Epochs done, with the fraction of the current one, and seconds left at the rate of the last
 * epoch; null if that is not known.
 *
 * @param {RunRecord} record
 * @param {number} epochs  of the whole training
 * @returns {{done: number, secondsLeft: number | null}}
 */
export function progress({ chunks, begun }, epochs) {
  const done = chunks.at(-1)?.epoch ?? begun;
  const last = chunks.filter(({ epoch }) => epoch > done - 1);
  const rates = [];
  for (let i = 1; i < last.length; i++) {
    const step = last[i].epoch - last[i - 1].epoch;
    if (step > 0) rates.push((last[i].time - last[i - 1].time) / step);
  }
  // The median: a pause, or a clock that was set, is one of many.
  return { done, secondsLeft: rates.length ? Math.max(0, median(rates) * (epochs - done)) : null };
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @type {Map<string, {record: RunRecord, watchers: Set<Watcher>, end: () => void}>} */
const followed = new Map();

/**
 * Follow the record of a run; parts of a page share one.
 *
 * @param {string} run  its id
 * @param {Watcher} watcher  is called at each change, and now if anything is known
 * @returns {() => void}  ends it
 */
export function follow(run, watcher) {
  let entry = followed.get(run);
  if (!entry) {
    const made = { record: emptyRecord(), watchers: new Set(), end: () => {} };
    followed.set(run, (entry = made));
    made.end = subscribe(`run:${run}`, ({ snapshot, events }) => {
      if (!events) return;
      if (snapshot) made.record = { ...emptyRecord(), version: made.record.version };
      add(made.record, events);
      made.watchers.forEach((watch) => watch(made.record));
    });
  }
  const { watchers } = entry;
  watchers.add(watcher);
  if (entry.record.version) watcher(entry.record);
  return () => {
    watchers.delete(watcher);
    setTimeout(() => {
      if (watchers.size || followed.get(run)?.watchers !== watchers) return;
      followed.get(run)?.end();
      followed.delete(run);
    });
  };
}
