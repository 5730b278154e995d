// The row of controls below the pad. Called by Streamlit at mount and at every change of `data`; the
// elements stay, and with them the keyboard's focus. Undo and Clear act on the pad at once; without it
// they are the server's.
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
  const end = new AbortController();
  document.addEventListener("keydown", escape, { signal: end.signal });
  document.addEventListener("pointerdown", elsewhere, { signal: end.signal });
  return () => end.abort();
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const row = parentElement.querySelector(".lab-controls");
  const [undo, clear, look] = row.querySelectorAll("button");
  const panel = look.nextElementSibling;
  const shape = JSON.stringify(data.choices.map(({ label, options }) => [label, options]));
  for (const [button, name] of [[undo, "undo"], [clear, "clear"], [look, "look"]]) {
    button.querySelector("span").textContent = data.words[name];
  }
  undo.disabled = clear.disabled = data.blank;
  for (const [button, name] of [[undo, "undo"], [clear, "clear"]]) {
    button.onclick = () => {
      const pad = row.drawing?.pad();
      if (pad) pad[name]();
      else setTriggerValue(name, true);
    };
  }
  if (panel.dataset.shape !== shape) {
    panel.replaceChildren(...data.choices.map(radios));
    panel.dataset.shape = shape;
  }
  data.choices.forEach(({ event, chosen }, i) => {
    for (const box of panel.children[i].querySelectorAll("input")) {
      box.checked = box.value === chosen;
      box.onchange = () => setTriggerValue(event, box.value);
    }
  });
  row.close?.();
  row.close = opens(look, panel);
  row.ended = false;
  import(`${location.origin}${data.modules}/drawing.js`).then((drawing) => {
    if (row.ended) return;
    row.drawing = drawing;
    row.stop?.();
    row.stop = drawing.watch(() => {
      undo.disabled = clear.disabled = drawing.isBlank();
    });
  }, () => {}); // the server knows the drawing then
  return () => {
    row.ended = true;
    row.stop?.();
    row.close();
  };
}
