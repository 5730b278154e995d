// Ten buttons that say which digit stands on the pad; the keys 0 to 9 press them. Called by Streamlit
// at mount and at every change of `data`; the buttons stay.
function hear(event, box) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const [target] = event.composedPath();
  if (target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
  const button = [...box.children].find((made) => made.dataset.digit === event.key);
  if (button && !button.disabled) button.click();
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const box = parentElement.querySelector(".lab-labels");
  parentElement.querySelector(".lab-label-status").textContent = data.status;
  box.setAttribute("aria-label", data.label);
  while (box.children.length < data.names.length) box.append(document.createElement("button"));
  [...box.children].forEach((button, digit) => {
    button.dataset.digit = String(digit);
    button.textContent = data.names[digit];
    button.disabled = data.disabled;
    button.setAttribute("aria-pressed", String(digit === data.chosen));
    button.onclick = () => setTriggerValue("label", digit);
  });
  const listen = (event) => hear(event, box);
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}
