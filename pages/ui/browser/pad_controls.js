// The part of the pad with its row of controls: Undo, Clear, and behind a button the pen and the paper.
// Its elements stay, and with them the keyboard's focus.
function radios({ event, label, options }) {
  const group = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = label;
  group.append(legend);
  for (const [value, words] of options) {
    const option = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, { type: "radio", name: `lab-${event}`, value });
    option.append(box, words);
    group.append(option);
  }
  return group;
}

// A button that shows and hides the element after it; Escape and a press elsewhere hide it.
// Returns a function that begins to listen to those, which returns another that ends it.
function opens(button, hidden) {
  const show = (open) => {
    hidden.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  button.onclick = () => show(hidden.hidden);
  const escape = (event) => {
    if (event.key !== "Escape" || hidden.hidden) return;
    show(false);
    button.focus();
  };
  const elsewhere = (event) => {
    if (!event.composedPath().includes(button.parentElement)) show(false);
  };
  return () => {
    const end = new AbortController();
    document.addEventListener("keydown", escape, { signal: end.signal });
    document.addEventListener("pointerdown", elsewhere, { signal: end.signal });
    return () => end.abort();
  };
}

/**
 * Returns functions: `update` takes the pad's data, at mount and at every change of it; `isBlank`
 * takes whether there is nothing to undo or clear; `listen` begins to listen to the page.
 */
export function controls(row, actions, choose) {
  const [undo, clear, look] = row.querySelectorAll("button");
  const panel = look.nextElementSibling;
  undo.onclick = () => actions.undo();
  clear.onclick = () => actions.clear();
  let shape = "";
  const update = ({ words, choices }) => {
    for (const [button, name] of [[undo, "undo"], [clear, "clear"], [look, "look"]]) {
      button.querySelector("span").textContent = words[name];
    }
    const asked = JSON.stringify(choices.map(({ label, options }) => [label, options]));
    if (shape !== asked) panel.replaceChildren(...choices.map(radios));
    shape = asked;
    choices.forEach(({ event, chosen }, i) => {
      for (const box of panel.children[i].querySelectorAll("input")) {
        box.checked = box.value === chosen;
        box.onchange = () => choose(event, box.value);
      }
    });
  };
  const isBlank = (blank) => {
    undo.disabled = clear.disabled = blank;
  };
  return { update, isBlank, listen: opens(look, panel) };
}
