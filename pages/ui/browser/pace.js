// @ts-check
/** The pace of drawings that follow the live channel. */

const PAUSE = 4; // times as long as a draw takes, at least, before the next: slow computers stay free
const EVERY = 100; // milliseconds from draw to draw, at least
const LONGEST = 1000; // milliseconds: the first draw loads Plotly, which says nothing of the next

/**
 * Return a function that asks for a draw. Draws follow each other; asked twice, it draws once.
 *
 * @param {() => Promise<void>} draw
 * @returns {() => void}
 */
export function paced(draw) {
  let free = 0; // when the next draw may begin
  let due = false;
  let busy = false;
  const later = () =>
    setTimeout(() => requestAnimationFrame(run), Math.max(0, free - performance.now()));
  async function run() {
    [due, busy] = [false, true];
    const began = performance.now();
    try {
      await draw();
      await new Promise(requestAnimationFrame); // layout and paint
    } finally {
      const took = performance.now() - began;
      free = began + Math.max(EVERY, Math.min(LONGEST, PAUSE * took) + took);
      busy = false;
      if (due) later();
    }
  }
  return () => {
    if (due) return;
    due = true;
    if (!busy) later();
  };
}
