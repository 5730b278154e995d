// Shows a page of the table of runs: boxes choose, column heads sort. Called by Streamlit at mount
// and at every change of `data`. What is chosen and how it is sorted lives on the server.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

function head(data, tell) {
  const row = element("tr", {}, element("th", { scope: "col" }, element("span", { class: "lab-unseen" }, data.choose)));
  for (const column of data.columns) {
    const mine = column.key === data.sort;
    const button = element("button", { type: "button", "data-focus": `sort-${column.key}`, title: column.help }, column.label);
    button.addEventListener("click", () => tell("sorted", { column: column.key, down: mine ? !data.down : column.down }));
    const order = mine ? (data.down ? "descending" : "ascending") : "none";
    row.append(element("th", { scope: "col", "aria-sort": order, "data-column": column.key }, button));
  }
  return element("thead", {}, row);
}

function body(data, tell) {
  const chosen = new Set(data.chosen);
  const rows = data.rows.map((run) => {
    const box = element("input", {
      type: "checkbox", id: `lab-run-${run.id}`, "data-focus": `run-${run.id}`,
      "aria-label": run.told, disabled: data.full && !run.mark,
    });
    box.checked = Boolean(run.mark);
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(run.id);
      else chosen.delete(run.id);
      tell("chosen", [...chosen]);
    });
    const mark = run.mark ? [element("b", { class: "lab-mark", style: `--lab-run:${run.mark.colour}` }, run.mark.letter)] : [];
    const tags = run.tags.map((tag) => element("i", {}, tag));
    const label = element("label", { for: box.id }, ...mark, element("span", {}, run.title), ...tags);
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

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const table = parentElement.querySelector(".lab-runs");
  const told = JSON.stringify(data);
  if (table.told === told) return;
  table.told = told;
  table.setAttribute("aria-label", data.label);
  const focus = document.activeElement?.dataset?.focus;
  const tell = (name, value) => {
    table.told = ""; // the answer is drawn whatever it is
    setTriggerValue(name, value);
  };
  table.replaceChildren(head(data, tell), body(data, tell));
  if (focus) table.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}
