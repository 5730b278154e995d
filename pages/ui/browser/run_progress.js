// @ts-check
// Shows how far a run is: a bar, its figures, its place in the queue. Called by Streamlit at mount
// and at every change of `data`.

/** @param {Element} place @param {string} text */
function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector(".lab-progress");
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  const [queue, bar, figures, note] = root.children;
  const { words, epochs, live } = data;
  if (figures.children.length !== data.figures.length) {
    figures.replaceChildren(
      ...data.figures.map(() => {
        const item = document.createElement("div");
        item.append(document.createElement("dt"), document.createElement("dd"));
        return item;
      }),
    );
  }
  data.figures.forEach((/** @type {any} */ { label, help }, /** @type {number} */ i) => {
    setText(figures.children[i].children[0], label);
    figures.children[i].title = help ?? "";
  });
  /** @type {any} */
  let record = null;
  /** @type {any} */
  let state = null;
  let gone = false;
  /** @type {(() => void)[]} */
  const ends = [];
  const load = (/** @type {string} */ name) => import(`${location.origin}${data.modules}/${name}.js`);

  Promise.all(["live", "run_record", "text"].map(load)).then(([channel, records, text]) => {
    if (gone) return;
    const { fill, percent, duration } = text;
    const show = () => {
      const known = record ?? records.emptyRecord();
      const { done, secondsLeft } = data.done
        ? { done: data.done, secondsLeft: 0 }
        : records.progress(known, epochs);
      const left = data.paused ? null : secondsLeft;
      const last = known.chunks.at(-1);
      const rate = last?.images_per_second;
      /** @type {Record<string, string>} */
      const values = {
        epoch: `${done.toFixed(1)} / ${epochs}`,
        batches: percent(last?.accuracy),
        validation: percent(known.epochs.at(-1)?.val_accuracy),
        rate: rate ? Math.round(rate).toLocaleString(words.locale) : "–",
        left: duration(left, words),
      };
      data.figures.forEach((/** @type {any} */ { name, value }, /** @type {number} */ i) => {
        setText(figures.children[i].children[1], value ?? values[name]);
      });
      const which = fill(words.epoch, { done: Math.min(epochs, Math.floor(done) + 1), all: epochs });
      setText(bar.children[0], which);
      bar.children[1].value = Math.min(1, done / epochs);
      bar.children[1].ariaLabel = which;
      const place = state?.place ?? null;
      const wait = state?.wait ?? null;
      const waits = place === null ? [] : [fill(words.place, { n: place + 1 })];
      if (waits.length && wait !== null) waits.push(fill(words.starts, { wait: duration(wait, words) }));
      setText(queue, waits.join(" "));
      root.dataset.done = String(done);
    };
    show();
    ends.push(
      records.follow(data.run, (/** @type {any} */ known) => {
        record = known;
        show();
      }),
    );
    if (!live) return;
    ends.push(
      channel.subscribe(`state:${data.run}`, (/** @type {any} */ { value }) => {
        state = value;
        show();
      }),
      channel.onConnection((/** @type {boolean} */ connected) => {
        setText(note, connected ? "" : words.lost);
      }),
    );
  });
  bar.hidden = !live;
  root.end = () => {
    gone = true;
    ends.forEach((end) => end());
  };
  return root.end;
}
