// @ts-check
/** Drawing pad: a square canvas for mouse, finger, pen or keyboard. No dependencies. */

const DETAIL = 2; // pixels of the canvas for each unit
const STEP = 10; // units that the keyboard's cross moves
const PAPER = "#000";
const INK = "#fff";
const CROSS = "#ffa90e";
/** @type {Readonly<Record<string, readonly [number, number]>>} */
const MOVES = Object.freeze({
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
});

/**
 * @typedef {{points: number[][], width: number}} Stroke
 *   Points [x, y], y downwards, and the pen's width, in units.
 * @typedef {{side: number, width: number, onChange: (strokes: Stroke[]) => void,
 *   onEnd: () => void, onMove: (x: number, y: number) => void}} Options
 *   `side` of the pad and `width` of the pen in units. `onChange` is called while a stroke grows,
 *   `onEnd` when it is complete or gone, `onMove` when the keyboard moves the cross.
 */

/**
 * Draw on a canvas. Arrow keys move a cross, Space sets a corner of a line, Enter ends the line,
 * Backspace takes the last corner or stroke away, Delete clears.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Options} options
 * @returns {{undo: () => void, clear: () => void, put: (strokes: Stroke[]) => void}}  `put` replaces
 *   the drawing
 */
export function makeSketch(canvas, { side, width, onChange, onEnd, onMove }) {
  /** @type {Stroke[]} */
  let strokes = [];
  /** @type {number | null} */
  let pointer = null; // the one that draws
  /** @type {Stroke | null} */
  let line = null; // the keyboard's
  const cross = { x: side / 2, y: side / 2, shown: false };
  canvas.width = canvas.height = side * DETAIL;

  function draw() {
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.setTransform(DETAIL, 0, 0, DETAIL, 0, 0);
    pen.fillStyle = PAPER;
    pen.fillRect(0, 0, side, side);
    pen.strokeStyle = pen.fillStyle = INK;
    pen.lineCap = pen.lineJoin = "round";
    for (const { points, width } of strokes) {
      pen.beginPath();
      pen.arc(points[0][0], points[0][1], width / 2, 0, 2 * Math.PI);
      pen.fill();
      pen.lineWidth = width;
      pen.beginPath();
      for (const [x, y] of points) pen.lineTo(x, y);
      pen.stroke();
    }
    if (!cross.shown) return;
    pen.strokeStyle = CROSS;
    pen.lineWidth = line ? 4 : 2;
    pen.beginPath();
    for (const [x, y] of [[STEP, 0], [0, STEP]]) {
      pen.moveTo(cross.x - x, cross.y - y);
      pen.lineTo(cross.x + x, cross.y + y);
    }
    pen.stroke();
  }

  function changed() {
    draw();
    onChange(strokes);
  }

  /** @param {PointerEvent} event */
  function place(event) {
    const box = canvas.getBoundingClientRect();
    const unit = side / box.width;
    return [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit];
  }

  /** @param {string} key @returns {boolean}  true if the pad uses the key */
  function press(key) {
    const move = MOVES[key];
    if (move) {
      cross.x = Math.min(Math.max(cross.x + move[0] * STEP, 0), side);
      cross.y = Math.min(Math.max(cross.y + move[1] * STEP, 0), side);
      cross.shown = true;
      draw();
      onMove(cross.x, cross.y);
    } else if (key === " ") {
      if (!line) strokes.push((line = { points: [], width }));
      line.points.push([cross.x, cross.y]);
      cross.shown = true;
      changed();
    } else if (key === "Enter" && line) {
      line = null;
      draw();
      onEnd();
    } else if (key === "Backspace" && line && line.points.length > 1) {
      line.points.pop();
      changed();
    } else if (key === "Backspace") {
      undo();
    } else if (key === "Delete") {
      clear();
    } else {
      return false;
    }
    return true;
  }

  function undo() {
    strokes = strokes.slice(0, -1);
    pointer = line = null;
    changed();
    onEnd();
  }

  const clear = () => put([]);

  /** @param {Stroke[]} drawn */
  function put(drawn) {
    strokes = drawn;
    pointer = line = null;
    changed();
    onEnd();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || pointer !== null) return;
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    line = null;
    cross.shown = false;
    strokes.push({ points: [place(event)], width });
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    strokes[strokes.length - 1].points.push(...(events.length ? events : [event]).map(place));
    changed();
  });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      onEnd();
    });
  }
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || pointer !== null) return;
    if (press(event.key)) event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    cross.shown = false;
    draw();
  });
  draw();
  return { undo, clear, put };
}
