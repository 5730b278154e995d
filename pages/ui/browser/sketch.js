// @ts-check
/** A square to draw on with mouse, finger or pen: a canvas and its strokes. No dependencies. */

/**
 * @typedef {{points: number[][], width: number}} Stroke
 * @param {HTMLCanvasElement} canvas  square; its `width` is the unit of the strokes
 * @param {{width: number, onChange: (strokes: Stroke[]) => void}} options  the pen's width
 * @returns {{undo: () => void, clear: () => void}}
 */
export function makeSketch(canvas, { width, onChange }) {
  /** @type {Stroke[]} */
  let strokes = [];
  let drawing = false;

  function show() {
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = "#fff";
    pen.lineCap = pen.lineJoin = "round";
    for (const stroke of strokes) {
      pen.lineWidth = stroke.width;
      pen.beginPath();
      pen.moveTo(stroke.points[0][0], stroke.points[0][1]);
      for (const [x, y] of stroke.points) pen.lineTo(x, y);
      pen.stroke();
    }
    onChange(strokes);
  }

  /** @param {PointerEvent} event */
  function place(event) {
    const box = canvas.getBoundingClientRect();
    const unit = canvas.width / box.width;
    return [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    strokes.push({ points: [place(event)], width });
    show();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    const events = event.getCoalescedEvents?.() ?? [];
    strokes[strokes.length - 1].points.push(...(events.length ? events : [event]).map(place));
    show();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => (drawing = false));
  }
  show();
  return {
    undo() {
      strokes = strokes.slice(0, -1);
      show();
    },
    clear() {
      strokes = [];
      show();
    },
  };
}
