// @ts-check
// Draws a run's loss or accuracy by epoch, which grows while the run trains. Called by Streamlit at
// mount and at every change of `data`.
/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const host = component.parentElement.querySelector(".lab-live-plot");
  const { look } = data;
  host.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  let gone = false;
  let stop = () => {};
  const load = (/** @type {string} */ name) => import(`${location.origin}${look.modules}/${name}.js`);
  Promise.all(["plot", "run_record", "run_figure", "pace"].map(load)).then(
    ([plot, records, figures, { paced }]) => {
      if (gone) return;
      /** @type {any} */
      let record = records.emptyRecord();
      /** @type {any} */
      let before = null;
      const drawSoon = paced(async () => {
        const figure = figures.runFigure(record, data, before);
        await plot.draw(host, figure, look, { isWanted: () => !gone });
      });
      drawSoon(); // the axes, before anything is known
      const ends = [
        records.follow(data.run, (/** @type {any} */ known) => {
          record = known;
          drawSoon();
        }),
      ];
      if (data.ghost) {
        ends.push(
          records.follow(data.ghost, (/** @type {any} */ known) => {
            before = known;
            drawSoon();
          }),
        );
      }
      stop = () => ends.forEach((end) => end());
    },
  );
  host.end = () => {
    gone = true;
    stop();
  };
  return host.end;
}
