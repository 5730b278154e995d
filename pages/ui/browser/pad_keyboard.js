// Lies over the pad. Draws with the keyboard: arrows move a cross, Space sets the corners of a line,
// Enter lifts the pen; a finished line goes to the server, which puts it on the pad like any other
// stroke. And sends strokes of mouse and finger at once, where the canvas would wait for 200 ms.
// Called by Streamlit at mount and at every change of `data`.
const MOVES = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
};

function show(board) {
  const { data, x, y, line, sent, parts } = board;
  const points = (line.length ? line : sent).map((point) => point.join(",")).join(" ");
  for (const made of [parts.line, parts.next]) {
    made.setAttribute("stroke", data.ink);
    made.setAttribute("stroke-width", data.pen);
  }
  parts.line.setAttribute("points", points.includes(" ") ? points : `${points} ${points}`);
  const last = line.at(-1) ?? [x, y];
  parts.next.setAttribute("points", `${last.join(",")} ${x},${y}`);
  parts.next.style.display = line.length ? "" : "none";
  parts.cross.setAttribute("transform", `translate(${x} ${y})`);
  parts.ring.setAttribute("r", data.pen / 2);
  parts.ring.style.fillOpacity = line.length ? 0.6 : 0;
}

function place(board) {
  const { step } = board.data;
  return board.data.words.place
    .replace("{across}", String(Math.round(board.x / step)))
    .replace("{down}", String(Math.round(board.y / step)));
}

function press(board, key) {
  const { data, line } = board;
  const { words } = data;
  const move = MOVES[key];
  if (move) {
    const clamp = (value) => Math.min(data.side - data.step, Math.max(data.step, value));
    board.x = clamp(board.x + move[0] * data.step);
    board.y = clamp(board.y + move[1] * data.step);
    return place(board);
  }
  if (key === " ") {
    line.push([board.x, board.y]);
    return `${line.length > 1 ? words.corner : words.down} ${place(board)}`;
  }
  if (key === "Enter") {
    if (!line.length) return words.nothing;
    board.sent = line.splice(0);
    board.send("stroke", board.sent);
    return words.up;
  }
  if (key === "Backspace") {
    if (line.pop()) return words.point_gone;
    board.send("undo", true);
    return words.stroke_gone;
  }
  if (key === "Delete") {
    line.length = 0;
    board.send("clear", true);
    return words.cleared;
  }
  return null;
}

function mount(root) {
  const find = (name) => root.querySelector(name);
  const parts = {
    line: find(".lab-keys-line"), next: find(".lab-keys-next"),
    cross: find(".lab-keys-cross"), ring: find(".lab-keys-cross circle"),
  };
  const board = { x: null, y: null, line: [], sent: [], parts, data: null, send: null };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const told = press(board, event.key);
    if (told === null) return;
    event.preventDefault();
    find(".lab-keys-status").textContent = told;
    show(board);
  });
  return board;
}

// The canvas' own toolbars, in shadow roots. They repeat Undo, and on touch screens a tap on them
// where nothing is seen would erase the drawing; so they are hidden wherever a canvas appears.
function toolbars() {
  return [...document.querySelectorAll(".st-key-pad *")]
    .map((host) => host.shadowRoot?.querySelector(".dc-toolbar"))
    .filter(Boolean);
}

function hideToolbars() {
  for (const toolbar of toolbars()) toolbar.style.display = "none";
}

// Presses the canvas' own button for it; were it gone, the canvas would still send after its wait.
function sendNow() {
  for (const toolbar of toolbars()) toolbar.querySelector('[aria-label^="Update the app"]')?.click();
}

function watchStrokes() {
  let drawing = false;
  const down = (event) => {
    drawing = Boolean(event.target.closest?.(".st-key-pad"));
  };
  const up = () => {
    if (drawing) setTimeout(sendNow); // when the canvas has added the stroke
    drawing = false;
  };
  const heard = [["mousedown", down], ["touchstart", down], ["mouseup", up], ["touchend", up]];
  const options = { capture: true, passive: true };
  for (const [name, listener] of heard) document.addEventListener(name, listener, options);
  const timer = setInterval(hideToolbars, 200);
  return () => {
    clearInterval(timer);
    for (const [name, listener] of heard) document.removeEventListener(name, listener, options);
  };
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector(".lab-keys");
  const board = (root.board ??= mount(root));
  board.forget ??= watchStrokes();
  board.x ??= data.side / 2;
  board.y ??= data.side / 2;
  if (board.data?.version !== data.version) board.sent = [];  // it stands on the pad now
  board.data = data;
  board.send = setTriggerValue;
  root.setAttribute("aria-label", data.words.label);
  root.querySelector(".lab-keys-hint").textContent = data.words.hint;
  root.querySelector("svg").setAttribute("viewBox", `0 0 ${data.side} ${data.side}`);
  show(board);
  return () => {
    board.forget?.();
    board.forget = null;
  };
}
