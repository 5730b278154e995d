// Pictures, each beside its ten bars. Called by Streamlit at mount and at every change of `data`.
// Each picture is a link to its own address; a plain click opens it in place.
function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function bar(probability, i, { answer, truth }) {
  const node = element("i");
  node.style.height = `${100 * probability}%`;
  if (i === answer) node.dataset.kind = "answer";
  if (i === truth) node.dataset.kind = "truth";
  return node;
}

function picture(cell, ticks, open) {
  const bars = cell.probabilities.map((probability, i) => bar(probability, i, cell));
  const names = ticks.map((name) => element("small", { textContent: name }));
  const chart = element(
    "span",
    { className: "lab-chart" },
    element("span", { className: "lab-ten" }, ...bars),
    element("span", { className: "lab-ticks" }, ...names),
  );
  const link = element(
    "a",
    { href: cell.href, title: cell.description, ariaLabel: cell.description },
    element("img", { src: cell.source, alt: "" }),
    chart,
    element("b", { textContent: cell.caption }),
  );
  link.dataset.right = String(cell.answer === cell.truth);
  link.dataset.position = String(cell.position);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(cell.position);
  });
  return element("div", { role: "listitem" }, link);
}

export default function ({ parentElement, setTriggerValue, data }) {
  const { cells, label, ticks } = JSON.parse(new TextDecoder().decode(data));
  const grid = parentElement.querySelector(".lab-pictures");
  grid.ariaLabel = label;
  const shown = JSON.stringify(cells);
  if (grid.shown === shown) return;
  const open = (position) => setTriggerValue("opened", position);
  grid.replaceChildren(...cells.map((cell) => picture(cell, ticks, open)));
  grid.shown = shown;
}
