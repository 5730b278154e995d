// @ts-check
// Draws a run's loss or accuracy by epoch, which grows while the run trains. Called by Streamlit at
// mount and at every change of `data`.
const PAUSE = 4; // times as long as a draw takes, at least, before the next: slow computers stay free
const EVERY = 100; // milliseconds from draw to draw, at least

/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const host = component.parentElement.querySelector(".lab-live-plot");
  const { look } = data;
  let gone = false;
  let stop = () => {};
  const load = (/** @type {string} */ name) => import(`${location.origin}${look.modules}/${name}.js`);
  Promise.all(["plot", "run_record", "run_figure"].map(load)).then(([plot, records, figures]) => {
    if (gone) return;
    let free = 0; // when the next draw may begin
    let due = false;
    /** @type {any} */
    let record = records.emptyRecord();
    const draw = async () => {
      due = false;
      const began = performance.now();
      await plot.draw(host, figures.runFigure(record, data), look, { isWanted: () => !gone });
      requestAnimationFrame(() => {
        const took = performance.now() - began; // with layout and paint
        free = began + Math.max(EVERY, (1 + PAUSE) * took);
      });
    };
    const drawSoon = () => {
      if (due || gone) return;
      due = true;
      setTimeout(() => requestAnimationFrame(draw), Math.max(0, free - performance.now()));
    };
    drawSoon(); // the axes, before anything is known
    stop = records.follow(data.run, (/** @type {any} */ known) => {
      record = known;
      drawSoon();
    });
  });
  return () => {
    gone = true;
    stop();
  };
}
