// @ts-check
// Writes a line for each epoch of a run that trains or has trained. Called by Streamlit at mount and
// at every change of `data`.

/** @param {number} seconds */
const time = (seconds) => seconds.toFixed(seconds < 10 ? 2 : 0);

/**
 * @param {any} epoch  an event of the run's record
 * @param {any} data
 * @param {(text: string, values: Record<string, unknown>) => string} fill
 */
function line(epoch, { words, epochs, images }, fill) {
  const seconds = epoch.seconds;
  const values = { seconds: time(seconds), us: ((1e6 * seconds) / images).toFixed(seconds < 1 ? 1 : 0) };
  const figures = ["loss", "accuracy", "val_loss", "val_accuracy"]
    .filter((name) => typeof epoch[name] === "number")
    .map((name) => `${name}: ${epoch[name].toFixed(4)}`);
  return [fill(words.head, { n: epoch.epoch, all: epochs }), fill(words.time, values), ...figures].join(" - ");
}

/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector(".lab-log");
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  const place = root.querySelector("pre");
  place.ariaLabel = data.words.label;
  let gone = false;
  let stop = () => {};
  const show = (/** @type {string} */ text) => {
    if (place.textContent === text) return;
    const atEnd = place.scrollTop + place.clientHeight >= place.scrollHeight - 4;
    place.textContent = text;
    if (atEnd) place.scrollTop = place.scrollHeight;
  };
  if (!place.textContent) show(data.words.waits);
  const load = (/** @type {string} */ name) => import(`${location.origin}${data.modules}/${name}.js`);
  Promise.all(["run_record", "text"].map(load)).then(([records, { fill }]) => {
    if (gone) return;
    stop = records.follow(data.run, (/** @type {any} */ record) => {
      const lines = record.epochs.map((/** @type {any} */ epoch) => line(epoch, data, fill));
      show(lines.length ? lines.join("\n") : data.words.waits);
    });
  });
  root.end = () => {
    gone = true;
    stop();
  };
  return root.end;
}
