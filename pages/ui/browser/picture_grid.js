// Shows a page of pictures, each beside its ten bars. Called by Streamlit at mount and at every
// change of `data`. Each picture is a link to its own address; a plain click opens it in place.
function bars(cell) {
  const box = document.createElement("span");
  box.className = "lab-ten";
  cell.shares.forEach((share, i) => {
    const bar = document.createElement("i");
    bar.style.height = `${100 * share}%`;
    if (i === cell.answer) bar.dataset.kind = "answer";
    if (i === cell.truth) bar.dataset.kind = "truth";
    box.append(bar);
  });
  return box;
}

// The classes' names below the bars, where they are short.
function ticks(names) {
  const row = document.createElement("span");
  row.className = "lab-ticks";
  for (const name of names) row.append(Object.assign(document.createElement("small"), { textContent: name }));
  return row;
}

function picture(cell, names, open) {
  const item = document.createElement("div");
  const link = document.createElement("a");
  const image = document.createElement("img");
  const caption = document.createElement("b");
  item.setAttribute("role", "listitem");
  link.href = cell.href;
  link.title = cell.told;
  link.setAttribute("aria-label", cell.told);
  link.dataset.right = String(cell.answer === cell.truth);
  link.dataset.position = String(cell.position);
  image.src = cell.source;
  image.alt = "";
  caption.textContent = cell.caption;
  const chart = document.createElement("span");
  chart.className = "lab-chart";
  chart.append(bars(cell), ticks(names));
  link.append(image, chart, caption);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(cell.position);
  });
  item.append(link);
  return item;
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const grid = parentElement.querySelector(".lab-pictures");
  grid.setAttribute("aria-label", data.label);
  const shown = JSON.stringify(data.cells);
  if (grid.shown === shown) return;
  const open = (position) => setTriggerValue("opened", position);
  grid.replaceChildren(...data.cells.map((cell) => picture(cell, data.ticks, open)));
  grid.shown = shown;
}
