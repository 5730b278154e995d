// @ts-check
/** What a member gives, on its way to the server: kept through lost Wi-Fi and a reload. */

import { recall, remember } from "./class_parts.js";

const WAITS = [500, 1000, 2000, 4000]; // milliseconds until the next try

/**
 * @typedef {{slot: string, content: object, activity: string}} Entry
 * @typedef {{status: number, content: any}} Answer  status 0: nobody answered
 */

/**
 * Ask the server. Never rejected.
 *
 * @param {string} path
 * @param {object} [content]  sent as JSON; without it, it is a GET
 * @returns {Promise<Answer>}
 */
export async function ask(path, content) {
  try {
    const answer = await fetch(path, {
      method: content ? "POST" : "GET",
      ...(content && {
        body: JSON.stringify(content),
        headers: { "content-type": "application/json" },
      }),
    });
    const text = await answer.text();
    return { status: answer.status, content: text ? JSON.parse(text) : null };
  } catch {
    return { status: 0, content: null };
  }
}

/** True for an answer that another try can better. @param {number} status */
export const isPassing = (status) => status === 0 || status === 429 || status >= 500;

/**
 * Make a sender of entries of one class.
 *
 * @param {string} code
 * @param {{refused: (problem: string, status: number) => void,
 *   waits: (isWaiting: boolean) => void}} told  `refused` hears why an entry was not taken, `waits` whether entries wait for the network
 */
export function makeSender(code, told) {
  const name = `class-sender:${code}`;
  /** @type {(Entry & {done?: (taken: boolean) => void})[]} */
  let waiting = recall(name) ?? [];
  let isSending = false;
  let failures = 0;
  let gone = false;

  const keep = () => remember(name, waiting.length ? waiting : null);

  async function work() {
    if (isSending || gone) return;
    isSending = true;
    while (waiting.length && !gone) {
      const { done, ...entry } = waiting[0];
      const { status, content } = await ask(`/c/${code}/enter`, entry);
      if (isPassing(status)) {
        told.waits(true);
        await new Promise((next) => setTimeout(next, WAITS[Math.min(failures++, 3)]));
        continue;
      }
      failures = 0;
      told.waits(false);
      waiting = waiting.filter((one) => one.content !== entry.content);
      keep();
      if (status >= 400) told.refused(content?.problem ?? "", status);
      done?.(status < 400);
    }
    isSending = false;
  }

  work(); // what waited when the page was left
  return {
    /**
     * Give something; a later content of a slot replaces one that still waits.
     *
     * @param {string} activity
     * @param {string} slot
     * @param {object} content
     * @returns {Promise<boolean>}  true when the server has it, false if it was refused or replaced
     */
    send(activity, slot, content) {
      if (gone) return Promise.resolve(false);
      const isSame = (/** @type {Entry} */ one) => one.slot === slot && one.activity === activity;
      waiting.filter(isSame).forEach(({ done }) => done?.(false));
      waiting = waiting.filter((one) => !isSame(one));
      return new Promise((done) => {
        waiting.push({ slot, content, activity, done });
        keep();
        work();
      });
    },
    /** What waits for the server, by slot. @param {string} activity */
    waiting: (activity) =>
      Object.fromEntries(
        waiting.filter((one) => one.activity === activity).map(({ slot, content }) => [slot, content]),
      ),
    end() {
      gone = true;
    },
  };
}
