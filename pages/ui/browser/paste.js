// Gives a pasted picture to the file uploader beside it. Called by Streamlit at mount and at every
// change of `data`; returns the clean-up.
export default function (component) {
  const { parentElement } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  parentElement.querySelector(".lab-paste").textContent = data.hint;
  const paste = (event) => {
    const input = document.querySelector(".st-key-photo_box input[type=file]");
    const file = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith("image/"));
    if (!input || !file) return;
    const chosen = new DataTransfer();
    chosen.items.add(file);
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    event.preventDefault();
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
