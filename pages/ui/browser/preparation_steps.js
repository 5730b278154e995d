// Shows the preparation steps: each with its switch, its image and ten small bars. Called by Streamlit
// at mount and at every change of `data`; the elements stay, so bars glide and a switch keeps the
// keyboard's focus.
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
  figure.append(head, element("img"), element("b", "lab-step-answer"), columns, element("figcaption"));
  return figure;
}

function show(figure, step, toggle) {
  const [head, image, answer, columns, caption] = figure.children;
  const box = head.querySelector("input");
  if (box) Object.assign(box, { checked: step.on, onchange: () => toggle(step.name) });
  head.lastChild.textContent = step.title;
  image.src = step.image;
  image.alt = "";
  answer.textContent = step.answer || "\u00a0";
  [...columns.children].forEach((item, i) => {
    item.firstChild.style.height = `${100 * (step.probabilities[i] ?? 0)}%`;
    item.dataset.best = String(i === step.best);
  });
  caption.textContent = step.purpose;
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const row = parentElement.querySelector(".lab-row");
  const shape = JSON.stringify([data.names, data.colours]);
  if (row.dataset.shape !== shape) {
    row.replaceChildren(...data.steps.map((step) => card(step, data)));
    row.dataset.shape = shape;
  }
  data.steps.forEach((step, i) => {
    show(row.children[i], step, (name) => setTriggerValue("toggle", name));
  });
}
