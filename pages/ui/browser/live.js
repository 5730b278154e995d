// @ts-check
/**
 * The live channel: one connection a tab, shared by all parts of the page.
 *
 * Reconnects by itself and asks for what it missed. Where WebSockets are blocked it polls.
 */

const PATH = "/live";
const POLL = 1000; // milliseconds
const LONGEST_WAIT = 2000; // milliseconds between two tries
const TRIES = 3; // connections that fail before it polls

/** @typedef {{topic: string, number: number, snapshot?: boolean, events?: any[], value?: any,
 *   weights?: Uint16Array}} Message */
/** @typedef {(message: Message) => void} Listener */

/** @type {Map<string, {number: number, listeners: Set<Listener>}>} */
const topics = new Map();
/** @type {Set<(connected: boolean) => void>} */
const watchers = new Set();
/** @type {WebSocket | null} */
let socket = null;
let failures = 0;
let polling = 0;

/**
 * Hear what is new about a topic: first a snapshot, then each change.
 *
 * @param {string} topic  such as `run:ID`
 * @param {Listener} listener
 * @returns {() => void}  ends it
 */
export function subscribe(topic, listener) {
  let entry = topics.get(topic);
  if (entry) {
    entry.number = 0; // the new listener needs a snapshot
  } else {
    entry = { number: 0, listeners: new Set() };
    topics.set(topic, entry);
  }
  entry.listeners.add(listener);
  if (isOpen()) send({ subscribe: { [topic]: 0 } });
  else connect();
  return () => {
    entry.listeners.delete(listener);
    if (entry.listeners.size || topics.get(topic) !== entry) return;
    topics.delete(topic);
    send({ unsubscribe: [topic] });
    if (!topics.size) socket?.close();
  };
}

/** @param {(connected: boolean) => void} watcher  hears whether news arrive */
export function onConnection(watcher) {
  watchers.add(watcher);
  watcher(isOpen() || polling > 0);
  return () => watchers.delete(watcher);
}

const isOpen = () => socket?.readyState === WebSocket.OPEN;
/** @param {object} message */
const send = (message) => isOpen() && socket?.send(JSON.stringify(message));
/** @param {boolean} connected */
const announce = (connected) => watchers.forEach((watcher) => watcher(connected));
const wanted = () => Object.fromEntries([...topics].map(([name, { number }]) => [name, number]));

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
    setTimeout(connect, Math.random() * Math.min(LONGEST_WAIT, 250 * 2 ** failures));
  };
}

/** @param {Message} message */
function hear(message) {
  const entry = topics.get(message.topic);
  if (!entry) return;
  entry.number = message.number;
  entry.listeners.forEach((listener) => listener(message));
}

/** Weights: the length of the head, the head, numbers of 16 bits. @param {ArrayBuffer} data */
function unpack(data) {
  const length = new DataView(data).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  return { ...head, weights: new Uint16Array(data.slice(4 + length)) };
}

async function poll() {
  polling = window.setTimeout(poll, POLL);
  const readable = Object.entries(wanted()).filter(([name]) => !name.startsWith("weights:"));
  try {
    const answer = await fetch(`${PATH}?${new URLSearchParams(/** @type {any} */ (readable))}`);
    if (!answer.ok) throw new Error(String(answer.status));
    (await answer.json()).forEach(hear);
    announce(true);
  } catch {
    announce(false);
  }
}

function stopPolling() {
  clearTimeout(polling);
  polling = 0;
}
