// Draws a page of the table of runs: boxes choose, column heads sort. Streamlit calls it at mount
// and at each change of `data`. The server keeps the choice and the order.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

function head(data, send) {
  const row = element("tr", {}, element("th", { scope: "col" }, element("span", { class: "lab-unseen" }, data.choose)));
  for (const column of data.columns) {
    const mine = column.key === data.sort;
    const button = element("button", { type: "button", "data-focus": `sort-${column.key}`, title: column.help }, column.label);
    button.addEventListener("click", () => send("sorted", { column: column.key, down: mine ? !data.down : column.down }));
    const order = mine ? (data.down ? "descending" : "ascending") : "none";
    row.append(element("th", { scope: "col", "aria-sort": order, "data-column": column.key }, button));
  }
  return element("thead", {}, row);
}

function body(data, send) {
  const chosen = new Set(data.chosen);
  const rows = data.rows.map((run) => {
    const box = element("input", {
      type: "checkbox", id: `lab-run-${run.id}`, "data-focus": `run-${run.id}`,
      "aria-label": run.label, disabled: data.full && !run.mark,
    });
    box.checked = Boolean(run.mark);
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(run.id);
      else chosen.delete(run.id);
      send("chosen", [...chosen]);
    });
    const label = element("label", { for: box.id }, element("span", {}, run.title), ...run.tags.map((tag) => element("i", {}, tag)));
    if (run.mark) label.prepend(element("b", { class: "lab-mark", style: `--lab-run:${run.mark.colour}` }, run.mark.letter));
    const name = element("th", { scope: "row" }, label, element("small", {}, run.line));
    const cells = data.columns.slice(1).map((column) => {
      const cell = run.cells[column.key];
      const inside = cell.colour ? element("span", { class: "lab-state", "data-colour": cell.colour }, cell.text) : cell.text;
      return element("td", { "data-label": column.label, "data-column": column.key, title: cell.help }, inside);
    });
    return element("tr", { "data-run": run.id, "data-chosen": Boolean(run.mark) }, element("td", {}, box), name, ...cells);
  });
  return element("tbody", {}, ...rows);
}

export default function ({ data: bytes, parentElement, setTriggerValue }) {
  const json = new TextDecoder().decode(bytes);
  const table = parentElement.querySelector(".lab-runs");
  if (table.drawn === json) return;
  table.drawn = json;
  const data = JSON.parse(json);
  table.setAttribute("aria-label", data.label);
  const focus = document.activeElement?.dataset?.focus;
  const send = (name, value) => {
    table.drawn = ""; // draw the answer even if it is equal
    setTriggerValue(name, value);
  };
  table.replaceChildren(head(data, send), body(data, send));
  if (focus) table.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}
