// @ts-check
// Recipe, data set, hidden layers, learning rate and epochs of the recipe's form, its switch and Start. Called by
// Streamlit at mount and at every change of `data`. Rows come and go at once; each change is sent to the server.

import { pageLink } from "./page_link.js";
import { fill } from "./text.js";

/**
 * @typedef {[number, number, number | null, string, string, string?]} Setting  low, high, step, help,
 *   label, and the label of one of several
 * @typedef {[number, number | null]} Layer  its id and its units
 * @typedef {[string, string]} Option  name and title
 * @typedef {{form: [string, number], dataset: string, layers: Layer[], optimizer: string,
 *   learning_rate: number | null, epochs: number | null}} Values
 * @typedef {Values & {session: string, recipes: Option[], datasets: Option[], new: number, most: number,
 *   problems: Record<string, string>, size: string, open: boolean, start: "on" | "off" | "",
 *   vary: import("./page_link.js").PageLink | null,
 *   fields: Record<"units" | "learning_rate" | "epochs", Setting>,
 *   words: Record<"recipe" | "recipe_help" | "dataset" | "dataset_help" | "add" | "remove" | "none" |
 *     "all" | "help" | "start", string>}} Data
 * @typedef {(event: "changed" | "opened" | "recipe" | "start", value: Values | string) => void} Send
 */

const SETTLED = 300; // milliseconds after the last arrow key
const ONCE = 1000; // milliseconds in which Start is pressed once
let made = 0; // fields, for their ids

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} properties
 * @param {...Node} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/**
 * What an arrow key adds or takes: `step`, 1, or 1 of the first digit that counts.
 *
 * @param {number} value @param {number} low @param {number | null} step @param {boolean} isUp
 */
export function increment(value, low, step, isUp) {
  if (step !== null || low >= 1) return (isUp ? 1 : -1) * (step ?? 1);
  const digit = Math.floor(Math.log10(Math.max(value, low)) + (isUp ? 1e-9 : -1e-9));
  return (isUp ? 1 : -1) * 10 ** digit;
}

/** @param {string} help */
function tipOf(help) {
  const tip = element("i", { className: "lab-tip", tabIndex: 0, textContent: "help" });
  tip.setAttribute("role", "img");
  tip.setAttribute("aria-label", help);
  tip.onkeydown = ({ key }) => void (key === "Escape" && tip.blur()); // false would stop the Tab key
  return tip;
}

/**
 * A labelled field of a number, with its help and its problem.
 *
 * @param {Setting} setting
 * @param {() => void} changed
 */
function numberField([low, high, step, help], changed) {
  const id = `lab-number-${++made}`;
  const bounds = { min: low, max: high, step: "any" };
  const input = element("input", { type: "number", id, inputMode: "decimal", ...bounds });
  const label = element("label", { htmlFor: id });
  const problem = element("p", { id: `${id}-problem`, hidden: true });
  input.setAttribute("aria-describedby", problem.id);
  let timer = 0; // of a value from arrow keys that is not sent yet
  const sendNow = () => {
    clearTimeout(timer);
    timer = 0;
    changed();
  };
  input.onchange = sendNow;
  input.onblur = () => void (timer && sendNow());
  input.onkeydown = (event) => {
    const isUp = event.key === "ArrowUp";
    if (!isUp && event.key !== "ArrowDown") return;
    event.preventDefault();
    const value = Number(input.value) || 0;
    const next = Math.min(high, Math.max(low, value + increment(value, low, step, isUp)));
    input.value = String(Number(next.toPrecision(10)));
    clearTimeout(timer);
    timer = setTimeout(sendNow, SETTLED);
  };
  return {
    node: element("div", { className: "lab-number" }, label, input, tipOf(help)), // by keyboard the help comes last
    problem,
    /** @param {string} words */
    name: (words) => (label.textContent = words),
    /** @param {number | null} value */
    show: (value) => (input.value = value === null ? "" : String(value)),
    /** @returns {number | null} */
    value: () => (input.value === "" ? null : Number(input.value)),
    /** @param {string | undefined} words */
    showProblem(words) {
      problem.textContent = words ?? "";
      problem.hidden = !words;
      input.setAttribute("aria-invalid", String(Boolean(words)));
    },
    focus: () => input.focus(),
  };
}

/**
 * A labelled select box with its help.
 *
 * @param {string} words @param {string} help
 * @param {(value: string) => void} chosen
 */
function selectBox(words, help, chosen) {
  const id = `lab-number-${++made}`;
  const box = element("select", { id });
  box.onchange = () => chosen(box.value);
  const label = element("label", { htmlFor: id, textContent: words });
  let offered = "";
  return {
    node: element("div", { className: "lab-number" }, label, box, tipOf(help)),
    /** @param {Option[]} options */
    offer(options) {
      if (String(options) === offered) return;
      const value = box.value;
      offered = String(options);
      box.replaceChildren(...options.map(([name, title]) => new Option(title, name)));
      box.value = value;
    },
    /** @param {string} value */
    show: (value) => (box.value = value),
    value: () => box.value,
  };
}

/** @param {HTMLElement} root @param {Data} data */
function form(root, data) {
  const [choices, list, none, add, pair, size, foot, start, vary] = /** @type {HTMLElement[]} */ ([...root.children]);
  /** @type {Data} */
  let now = data;
  /** @type {Send} */
  let send = () => {};
  /** @type {{id: number, field: ReturnType<typeof numberField>, node: HTMLElement, remove: HTMLElement}[]} */
  let rows = [];
  const changed = () => send("changed", values());
  const { words } = data;
  const recipe = selectBox(words.recipe, words.recipe_help, (name) => send("recipe", name));
  const dataset = selectBox(words.dataset, words.dataset_help, changed);
  choices.replaceChildren(recipe.node, dataset.node);
  const rate = numberField(data.fields.learning_rate, changed);
  const epochs = numberField(data.fields.epochs, changed);
  const toggle = element("input", { type: "checkbox", role: "switch" });
  const toggleName = document.createElement("span");
  const switched = () => send("opened", toggle.checked ? "yes" : "no");
  toggle.onchange = switched;
  const label = element("label", { className: "lab-switch" }, toggle, toggleName);
  foot.replaceChildren(label, tipOf(data.words.help));
  pair.replaceChildren(rate.node, epochs.node, rate.problem, epochs.problem);
  let started = 0;
  start.onclick = () => {
    if (Date.now() - started < ONCE) return;
    started = Date.now();
    send("start", values());
  };

  /** @returns {Values} */
  const values = () => ({
    form: now.form,
    dataset: dataset.value(),
    layers: rows.map(({ id, field }) => [id, field.value()]),
    optimizer: now.optimizer,
    learning_rate: rate.value(),
    epochs: epochs.value(),
  });

  /** @param {Layer} layer */
  const row = ([id, units]) => {
    const field = numberField(data.fields.units, changed);
    field.show(units);
    const icon = element("i", { textContent: "delete", ariaHidden: "true" });
    const remove = element("button", { type: "button" }, icon);
    remove.onclick = () => {
      const place = rows.findIndex((each) => each.id === id);
      rows = rows.filter((each) => each.id !== id);
      arrange();
      (rows[Math.min(place, rows.length - 1)]?.remove ?? add).focus();
      changed();
    };
    const node = element("div", { className: "lab-layer" }, field.node, remove, field.problem);
    return { id, field, remove, node };
  };

  /** Number the rows; the elements of those that stay are kept. */
  const arrange = () => {
    list.replaceChildren(...rows.map(({ node }) => node));
    rows.forEach(({ field, remove }, place) => {
      const n = String(place + 1);
      field.name(fill(now.fields.units[5] ?? "", { n }));
      remove.title = remove.ariaLabel = fill(now.words.remove, { n });
    });
    none.hidden = rows.length > 0;
    /** @type {HTMLButtonElement} */ (add).disabled = rows.length >= now.most;
  };

  add.onclick = () => {
    rows.push(row([Math.max(-1, ...rows.map(({ id }) => id), ...now.layers.map(([id]) => id)) + 1, now.new]));
    arrange();
    rows[rows.length - 1].field.focus();
    changed();
  };

  /** Show what the server has. */
  const take = () => {
    recipe.show(now.form[0]);
    dataset.show(now.dataset);
    rows = now.layers.map(row);
    rate.show(now.learning_rate);
    epochs.show(now.epochs);
    arrange();
  };

  /**
   * @param {Data} next
   * @param {Send} sendEvent
   */
  const update = (next, sendEvent) => {
    const before = now;
    [now, send] = [next, sendEvent];
    recipe.offer(now.recipes);
    dataset.offer(now.datasets);
    if (!dataset.value()) dataset.show(now.dataset); // somebody has deleted what was chosen
    toggleName.textContent = now.words.all;
    none.textContent = now.words.none;
    /** @type {HTMLElement} */ (add.lastElementChild).textContent = now.words.add;
    rate.name(now.fields.learning_rate[4]);
    epochs.name(now.fields.epochs[4]);
    const isLost = before.session !== now.session && before.form[0] === now.form[0];
    if (isLost && toggle.checked) switched();
    else toggle.checked = now.open;
    if (isLost) changed(); // the server is a new one, and knows only where the form began
    else if (before === now || String(before.form) !== String(now.form)) take();
    else if (before.optimizer !== now.optimizer) rate.show(now.learning_rate);
    rows.forEach(({ field }, place) => field.showProblem(now.problems[`hidden.${place}.units`]));
    rate.showProblem(now.problems.learning_rate);
    epochs.showProblem(now.problems.epochs);
    size.textContent = now.size;
    /** @type {HTMLElement} */ (start.lastElementChild).textContent = now.words.start;
    start.hidden = !now.start;
    /** @type {HTMLButtonElement} */ (start).disabled = now.start !== "on";
    vary.replaceChildren(...(now.vary && now.start ? [pageLink(now.vary)] : []));
  };
  return { update };
}

/** @param {any} component */
export default function ({ parentElement, setTriggerValue, data: bytes }) {
  /** @type {Data} */
  const data = JSON.parse(new TextDecoder().decode(bytes));
  const root = parentElement.querySelector(".lab-basics");
  root.form ??= form(root, data);
  root.form.update(data, setTriggerValue);
}
