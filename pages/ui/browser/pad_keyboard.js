// An overlay of the pad that draws with the keyboard: arrows move a cross, Space sets the corners of a
// line, Enter ends it. The server adds the line to the pad. The overlay also sends strokes of mouse
// and finger at once, where the canvas would wait for 200 ms.
// Called by Streamlit at mount and at every change of `data`.
const MOVES = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
};

function show({ root, data, x, y, line, sent }) {
  const [drawn, next, cross] = root.querySelector("svg").children;
  const points = (line.length ? line : sent).map((point) => point.join(",")).join(" ");
  for (const polyline of [drawn, next]) {
    polyline.setAttribute("stroke", data.ink);
    polyline.setAttribute("stroke-width", data.pen);
  }
  drawn.setAttribute("points", points.includes(" ") ? points : `${points} ${points}`);
  next.setAttribute("points", `${(line.at(-1) ?? [x, y]).join(",")} ${x},${y}`);
  next.style.display = line.length ? "" : "none";
  cross.setAttribute("transform", `translate(${x} ${y})`);
  cross.firstElementChild.setAttribute("r", data.pen / 2);
  cross.firstElementChild.style.fillOpacity = line.length ? 0.6 : 0;
}

function place({ x, y, data }) {
  const values = { "{across}": x, "{down}": y };
  return data.words.place.replace(/\{\w+\}/g, (name) => Math.round(values[name] / data.step));
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

function mount(root, { side }) {
  const board = { root, x: side / 2, y: side / 2, line: [], sent: [] };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const status = press(board, event.key);
    if (status === null) return;
    event.preventDefault();
    root.querySelector(".lab-keys-status").textContent = status;
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
  const end = new AbortController();
  const options = { capture: true, passive: true, signal: end.signal };
  for (const name of ["mousedown", "touchstart"]) document.addEventListener(name, down, options);
  for (const name of ["mouseup", "touchend"]) document.addEventListener(name, up, options);
  const timer = setInterval(hideToolbars, 200);
  return () => {
    clearInterval(timer);
    end.abort();
  };
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector(".lab-keys");
  const board = (root.board ??= mount(root, data));
  board.forget ??= watchStrokes();
  if (board.data?.version !== data.version) board.sent = []; // it is on the pad now
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
