// @ts-check
/**
 * The live channel: one connection a tab, shared by all parts of a page.
 *
 * It reconnects by itself and asks for what it missed. Where WebSockets are blocked it polls.
 */

const PATH = "/live";
const POLL = 1000; // milliseconds
const MAX_WAIT = 2000; // milliseconds between two tries
const TRIES = 3; // connections that fail before it polls as well

/**
 * @typedef {{topic: string, number: number, gone?: boolean, snapshot?: boolean, events?: any[],
 *   value?: any, parts?: any[], weights?: ArrayBuffer, now?: number}} Message
 *   `events` are those after the last message, or all that matter of a `snapshot`; `parts` of a
 *   value are those that have changed, or all of a `snapshot`; `gone`: there is no such topic;
 *   `now` is the server's time, in unix seconds, where a topic has it.
 * @typedef {(message: Message) => void} Listener
 */

/** @type {Map<string, {number: number, listeners: Set<Listener>}>} */
const topics = new Map();
/** @type {Set<string>} */
const changed = new Set(); // topics that the server is told of with the next message
/** @type {Set<(connected: boolean) => void>} */
const watchers = new Set();
/** @type {WebSocket | null} */
let socket = null;
let failures = 0;
let polling = 0;
let connected = true; // until it is known to be otherwise

/**
 * Hear what is new about a topic: first all of it, then each change.
 *
 * @param {string} topic  such as `run:ID`
 * @param {Listener} listener
 * @returns {() => void}  ends it
 */
export function subscribe(topic, listener) {
  let entry = topics.get(topic);
  if (entry) entry.number = 0; // the new listener needs all of it
  else topics.set(topic, (entry = { number: 0, listeners: new Set() }));
  const { listeners } = entry;
  listeners.add(listener);
  if (isOpen()) tell(topic);
  else connect();
  return () => {
    listeners.delete(listener);
    // Not at once: a part of the page that is drawn anew subscribes again.
    if (!listeners.size) setTimeout(() => leave(topic));
  };
}

/** @param {string} topic */
function leave(topic) {
  if (topics.get(topic)?.listeners.size !== 0) return;
  topics.delete(topic);
  tell(topic);
  if (!topics.size) {
    socket?.close();
    stopPolling();
  }
}

/**
 * @param {(connected: boolean) => void} watcher  is told now, and at each change
 * @returns {() => void}  ends it
 */
export function onConnection(watcher) {
  watchers.add(watcher);
  watcher(connected);
  return () => watchers.delete(watcher);
}

const isOpen = () => socket?.readyState === WebSocket.OPEN;
/** @param {object} message */
const send = (message) => isOpen() && socket?.send(JSON.stringify(message));
/** Ask for a topic, or end it: many in one message. @param {string} topic */
const tell = (topic) => {
  if (!changed.size) setTimeout(tellAll);
  changed.add(topic);
};
function tellAll() {
  const names = [...changed];
  changed.clear();
  const numbers = names.flatMap((name) => {
    const entry = topics.get(name);
    return entry ? [[name, entry.number]] : [];
  });
  const unsubscribe = names.filter((name) => !topics.has(name));
  send({ subscribe: Object.fromEntries(numbers), unsubscribe });
}
const wanted = () => Object.fromEntries([...topics].map(([name, { number }]) => [name, number]));

/** @param {boolean} now */
function announce(now) {
  if (now === connected) return;
  connected = now;
  watchers.forEach((watcher) => watcher(connected));
}

function connect() {
  if (socket || !topics.size) return;
  socket = new WebSocket(location.origin.replace(/^http/, "ws") + PATH);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    failures = 0;
    stopPolling();
    send({ subscribe: wanted() });
    announce(true);
  };
  socket.onmessage = ({ data }) => hear(typeof data === "string" ? JSON.parse(data) : unpack(data));
  socket.onclose = () => {
    socket = null;
    if (!topics.size) return;
    failures += 1;
    if (failures >= TRIES && !polling) poll();
    if (!polling) announce(false);
    setTimeout(connect, Math.random() * Math.min(MAX_WAIT, 250 * 2 ** failures));
  };
}

/** @param {Message} message */
function hear(message) {
  const entry = topics.get(message.topic);
  if (!entry) return;
  entry.number = message.number;
  entry.listeners.forEach((listener) => listener(message));
}

/**
 * A binary message: the length of its head, the head, weights.
 *
 * @param {ArrayBuffer} data
 * @returns {Message}
 */
function unpack(data) {
  const length = new DataView(data).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  return { ...head, weights: data.slice(4 + length) };
}

async function poll() {
  polling = window.setTimeout(poll, POLL);
  try {
    const numbers = Object.entries(wanted()).map(([name, number]) => [name, String(number)]);
    const answer = await fetch(`${PATH}?${new URLSearchParams(numbers)}`);
    if (!answer.ok) throw new Error(String(answer.status));
    for (const message of await answer.json()) {
      if (message.weights) message.weights = decoded(message.weights);
      hear(message);
    }
    announce(true);
  } catch {
    if (!isOpen()) announce(false);
  }
}

/** @param {string} text  base64 */
const decoded = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

function stopPolling() {
  clearTimeout(polling);
  polling = 0;
}
