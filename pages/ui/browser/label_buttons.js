// Buttons that label the drawing, also pressed by the keys 0 to 9; above them the added drawing
// with its Undo. Called by Streamlit at mount and at every change of `data`; the buttons stay. A label for
// the pad takes the strokes with it, and empties the pad for the next digit.
function press(event, box) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const [target] = event.composedPath();
  if (target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
  const button = [...box.children].find((made) => made.dataset.digit === event.key);
  if (button && !button.disabled) button.click();
}

// The buttons are for what is on the pad now, of which the server need not know yet.
function follow(box, { modules }) {
  import(`${location.origin}${modules}/drawing.js`).then((drawing) => {
    if (box.ended) return;
    const { version } = drawing.current();
    box.drawing = drawing;
    box.stop?.();
    box.stop = drawing.watch((now) => {
      for (const button of box.children) {
        button.disabled = drawing.isBlank();
        if (now.version !== version && now.down) button.setAttribute("aria-pressed", "false");
      }
    });
  }, () => {}); // the server knows the drawing then
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const [added, question, box] = parentElement.querySelector("section").children;
  const [image, text, undo] = added.children;
  added.hidden = !data.added;
  question.hidden = Boolean(data.added);
  question.textContent = data.question;
  if (data.added) image.src = data.added.image;
  text.textContent = data.added?.text ?? "";
  undo.textContent = data.undo;
  undo.hidden = !data.added?.mine;
  undo.onclick = () => setTriggerValue("undo", true);
  box.setAttribute("aria-label", data.label);
  while (box.children.length > data.names.length) box.lastChild.remove();
  while (box.children.length < data.names.length) box.append(document.createElement("button"));
  [...box.children].forEach((button, digit) => {
    button.dataset.digit = String(digit);
    button.textContent = data.names[digit];
    button.disabled = data.disabled;
    button.setAttribute("aria-pressed", String(digit === data.chosen));
    button.onclick = () => {
      const taken = box.drawing?.pad()?.take();
      setTriggerValue("label", taken ? { digit, ...taken } : digit);
    };
  });
  const listen = (event) => press(event, box);
  box.unlisten?.(); // a key must label once
  document.addEventListener("keydown", listen);
  box.unlisten = () => document.removeEventListener("keydown", listen);
  box.ended = false;
  box.drawing = null;
  box.stop?.();
  if (data.modules) follow(box, data);
  return () => {
    box.ended = true;
    box.stop?.();
    box.unlisten();
  };
}
