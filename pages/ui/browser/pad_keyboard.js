// The part of the pad that draws with the keyboard: arrows move a cross, Space sets the corners of a
// line, Enter ends it. The line is shown here until it is on a fresh canvas.
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

// The canvas rounds the line between points that are far apart: corners stay sharp with many.
function withSteps(line) {
  return line.flatMap(([x, y], i) => {
    const [fromX, fromY] = line[i - 1] ?? [x, y];
    const steps = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / 4));
    const at = (t) => [fromX + (x - fromX) * t, fromY + (y - fromY) * t];
    return Array.from({ length: steps }, (_each, k) => at((k + 1) / steps).map((v) => Math.round(10 * v) / 10));
  });
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
    board.actions.line(withSteps(board.sent));
    return words.up;
  }
  if (key === "Backspace") {
    if (line.pop()) return words.point_gone;
    board.actions.undo();
    return words.stroke_gone;
  }
  if (key === "Delete") {
    line.length = 0;
    board.actions.clear();
    return words.cleared;
  }
  return null;
}

/** Returns a function that takes the pad's data, at mount and at every change of it. */
export function keyboard(root, actions) {
  const board = { root, actions, line: [], sent: [] };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const status = press(board, event.key);
    if (status === null) return;
    event.preventDefault();
    root.querySelector(".lab-keys-status").textContent = status;
    show(board);
  });
  return (data) => {
    if (board.version !== data.version) board.sent = []; // it is on the pad now
    board.version = data.version;
    board.data = { ...data, ...data.keyboard };
    board.x ??= data.side / 2;
    board.y ??= data.side / 2;
    root.setAttribute("aria-label", board.data.words.label);
    root.querySelector(".lab-keys-hint").textContent = board.data.words.hint;
    root.querySelector("svg").setAttribute("viewBox", `0 0 ${data.side} ${data.side}`);
    show(board);
  };
}
