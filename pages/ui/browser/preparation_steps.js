// Shows the preparation steps: each with its switch, its image and ten small bars. Called by Streamlit
// at mount and at every change of `data`; the elements stay, so a switch keeps the keyboard's focus. With
// `data.live` the steps follow the drawing on the pad, frame by frame.
const load = (base, ...names) =>
  Promise.all(names.map((name) => import(`${location.origin}${base}/${name}.js`)));

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function column(name, colour) {
  const item = element("span");
  const bar = element("i");
  bar.style.background = colour;
  item.append(bar, element("small", "", name));
  return item;
}

function picture() {
  const canvas = element("canvas");
  Object.assign(canvas, { width: 28, height: 28, hidden: true, ariaHidden: "true" });
  return canvas;
}

function card(step, data) {
  const figure = element("figure", "lab-picture lab-step-card");
  const head = element(step.optional ? "label" : "p", step.optional ? "lab-step lab-switch" : "lab-step");
  const box = element("input");
  const columns = element("div", "lab-columns");
  Object.assign(box, { type: "checkbox", role: "switch" });
  if (step.optional) head.append(box);
  head.append(element("span"));
  columns.setAttribute("aria-hidden", "true");
  columns.append(...data.names.map((name, i) => column(name, data.colours[i])));
  figure.append(head, element("img"), picture(), element("b", "lab-step-answer"), columns, element("figcaption"));
  return figure;
}

// Text nodes stay: see answer.js.
function setText(place, text) {
  if (place.firstChild?.nodeType !== Node.TEXT_NODE) place.textContent = text;
  else if (place.firstChild.data !== text) place.firstChild.data = text;
}

function showBars(figure, answer, probabilities, best) {
  const [, , , text, columns] = figure.children;
  setText(text, answer || "\u00a0");
  [...columns.children].forEach((item, i) => {
    item.firstChild.style.height = `${100 * (probabilities[i] ?? 0)}%`;
    item.dataset.best = String(i === best);
  });
}

function show(figure, step, toggle) {
  const [head, image, canvas, , , caption] = figure.children;
  const box = head.querySelector("input");
  if (box) Object.assign(box, { checked: step.on, onchange: () => toggle(step.name) });
  head.lastChild.textContent = step.title;
  image.src = step.image;
  image.alt = "";
  [image.hidden, canvas.hidden] = [false, true];
  showBars(figure, step.answer, step.probabilities, step.best);
  caption.textContent = step.purpose;
}

function follow(row) {
  const { drawing, models, bars, layers } = row.ready;
  row.stop = drawing.watch(() => {
    const { data } = row;
    const stages = drawing.stages();
    data.steps.forEach(({ name }, i) => {
      const figure = row.children[i];
      const [, image, canvas] = figure.children;
      const pixels = stages && stages[name];
      const probabilities = pixels ? models.answer(layers, pixels) : [];
      const best = pixels ? bars.indexOfLargest(probabilities) : -1;
      const answer = pixels ? `${data.names[best]}, ${bars.percent(probabilities[best])}` : "";
      bars.paint(canvas, pixels);
      [image.hidden, canvas.hidden] = [true, false];
      showBars(figure, answer, probabilities, best);
    });
    row.dataset.live = "true";
  });
}

function start(row, key) {
  const { modules, models: wanted } = row.data.live;
  load(modules, "drawing", "models", "bars").then(
    async ([drawing, models, bars]) => {
      const layers = await models.load(wanted[0]);
      if (row.key !== key || row.ended) return;
      row.ready = { key, drawing, models, bars, layers };
      follow(row);
    },
  ).catch(() => {}); // the server answers; the bars above say so
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const row = parentElement.querySelector(".lab-row");
  const shape = JSON.stringify([data.names, data.colours]);
  const key = JSON.stringify(data.live);
  if (row.dataset.shape !== shape) {
    row.replaceChildren(...data.steps.map((step) => card(step, data)));
    row.dataset.shape = shape;
  }
  row.stop?.();
  Object.assign(row, { data, key, ended: false, stop: null });
  row.dataset.live = "false";
  data.steps.forEach((step, i) => {
    show(row.children[i], step, (name) => setTriggerValue("toggle", name));
  });
  if (data.live && row.ready?.key === key) follow(row);
  else if (data.live) start(row, key);
  return () => {
    row.ended = true;
    row.stop?.();
  };
}
