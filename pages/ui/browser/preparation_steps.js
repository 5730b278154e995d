// Shows the steps of the preparation: each with its switch, its picture and ten small bars. Called by
// Streamlit at mount and at every change of `data`; the elements stay, so bars glide and a switch
// keeps the keyboard's place.
function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function head(step) {
  if (step.on === undefined) return made("p", "lab-step");
  const label = made("label", "lab-step lab-switch");
  const box = made("input");
  box.type = "checkbox";
  box.setAttribute("role", "switch");
  label.append(box, made("span"));
  return label;
}

function column(name, colour) {
  const item = made("span");
  const bar = made("i");
  bar.style.background = colour;
  item.append(bar, made("small", "", name));
  return item;
}

function card(step, data) {
  const figure = made("figure", "lab-picture lab-step-card");
  const picture = made("canvas");
  const columns = made("div", "lab-columns");
  picture.width = picture.height = data.side;
  picture.setAttribute("aria-hidden", "true");
  columns.setAttribute("aria-hidden", "true");
  columns.append(...data.names.map((name, i) => column(name, data.colours[i])));
  figure.append(head(step), picture, made("b", "lab-step-answer"), columns, made("figcaption"));
  return figure;
}

function paint(canvas, grey) {
  const brush = canvas.getContext("2d");
  const image = brush.createImageData(canvas.width, canvas.height);
  grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  brush.putImageData(image, 0, 0);
}

function show(figure, step, grey, turn) {
  const label = figure.firstChild;
  const box = label.querySelector("input");
  (box ? label.lastChild : label).textContent = step.title;
  if (box) {
    box.checked = step.on;
    box.onchange = () => turn(step.name);
  }
  paint(figure.querySelector("canvas"), grey);
  figure.querySelector(".lab-step-answer").textContent = step.said ?? "\u00a0";
  [...figure.querySelector(".lab-columns").children].forEach((item, i) => {
    item.firstChild.style.height = `${100 * (step.probabilities?.[i] ?? 0)}%`;
    item.dataset.best = String(i === step.best);
  });
  figure.querySelector("figcaption").textContent = step.why;
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const row = parentElement.querySelector(".lab-row");
  const pixels = Uint8Array.from(atob(data.pixels), (letter) => letter.charCodeAt(0));
  const size = data.side * data.side;
  const shape = JSON.stringify([data.cards.map((step) => step.name), data.names, data.colours]);
  if (row.dataset.shape !== shape) {
    row.replaceChildren(...data.cards.map((step) => card(step, data)));
    row.dataset.shape = shape;
  }
  const turn = (name) => setTriggerValue("toggle", name);
  data.cards.forEach((step, i) => {
    show(row.children[i], step, pixels.subarray(size * i, size * (i + 1)), turn);
  });
}
