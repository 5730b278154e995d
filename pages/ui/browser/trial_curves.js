// @ts-check
// Draws the validation accuracy of every trial of a sweep by epoch. Called by Streamlit at mount and
// at every change of `data`.

/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const host = component.parentElement.querySelector(".lab-live-plot");
  host.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  const { look } = data;
  let gone = false;
  let stop = () => {};
  const load = (/** @type {string} */ name) => import(`${location.origin}${look.modules}/${name}.js`);
  const names = ["plot", "pace", "sweep_record", "trial_figure"];
  Promise.all(names.map(load)).then(([plot, { paced }, records, { trialFigure }]) => {
    if (gone) return;
    /** @type {import("./sweep_record.js").SweepRecord} */
    let record = records.emptyRecord();
    const isWanted = () => !gone;
    const draw = paced(async () => {
      if (isWanted()) await plot.draw(host, trialFigure(record, data), look, { isWanted });
    });
    draw(); // the axes, before anything is known
    stop = records.follow(data.sweep, (/** @type {any} */ known) => {
      record = known;
      draw();
    });
  });
  host.end = () => {
    gone = true;
    stop();
  };
  return host.end;
}
