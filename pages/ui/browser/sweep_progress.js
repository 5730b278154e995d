// @ts-check
// Shows how far a sweep is: a bar, its figures, its best setting so far. Called by Streamlit at
// mount and at every change of `data`.

/** @param {Element} place @param {string} text */
function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector(".lab-progress");
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  const [bar, figures, line, note] = root.children;
  const { figures: titles, labels, live, size, budget, words } = data;
  const names = Object.keys(titles);
  const places = names.map((name) => {
    const [title, value] = [document.createElement("dt"), document.createElement("dd")];
    title.textContent = titles[name];
    value.dataset.figure = name;
    const item = document.createElement("div");
    item.append(title, value);
    figures.append(item);
    return value;
  });
  while (figures.children.length > names.length) figures.firstChild.remove();
  bar.hidden = !live;
  let gone = false;
  /** @type {(() => void)[]} */
  const ends = [];
  const load = (/** @type {string} */ name) => import(`${location.origin}${data.modules}/${name}.js`);

  Promise.all(["live", "sweep_record", "text"].map(load)).then(([channel, records, text]) => {
    if (gone) return;
    /** @param {import("./sweep_record.js").SweepRecord} record */
    const show = ({ spent, best, trials }) => {
      const count = (/** @type {string} */ state) => trials.filter((trial) => trial.state === state).length;
      const ended = trials.length - count("open");
      const first = trials.find(({ number }) => number === best);
      const left = ended ? (spent / ended) * (size - ended) : null;
      /** @type {Record<string, string>} */
      const values = {
        best: text.percent(first?.value),
        trials: `${ended} / ${size}`,
        pruned: String(count("pruned")),
        time: text.duration(spent, words),
        left: text.duration(left === null || budget === null ? left : Math.min(left, budget - spent), words),
      };
      names.forEach((name, i) => setText(places[i], values[name]));
      const done = text.fill(words.done, { done: ended, all: size });
      setText(bar.children[0], done);
      bar.children[1].value = size ? Math.min(1, ended / size) : 0;
      bar.children[1].ariaLabel = done;
      const none = trials.some(({ curve }) => curve.length) ? "" : words.none;
      const said = first ? text.fill(words.best, { setting: records.describe(first, labels) }) : none;
      setText(line, live ? said : "");
      root.dataset.done = String(ended);
    };
    show(records.emptyRecord());
    ends.push(records.follow(data.sweep, show));
    if (!live) return;
    ends.push(
      channel.onConnection((/** @type {boolean} */ connected) => {
        setText(note, connected ? "" : words.lost);
      }),
    );
  });
  root.end = () => {
    gone = true;
    ends.forEach((end) => end());
  };
  return root.end;
}
