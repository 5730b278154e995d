// @ts-check
// Links to the newest runs or sweeps of the page that one is on. Called by Streamlit at mount and at
// every change of `data`. A link opens in place; with Ctrl, or by its address, in a tab of its own.

/** @param {any} component */
export default function ({ parentElement, setTriggerValue, data: bytes }) {
  /** @type {{title: string, links: [string, string, string, string][], param: string}} */
  const { title, links, param } = JSON.parse(new TextDecoder().decode(bytes));
  const [heading, list] = parentElement.querySelector("section").children;
  heading.textContent = title;
  list.replaceChildren(
    ...links.map(([id, word, colour, text]) => {
      const item = document.createElement("li");
      const state = document.createElement("span");
      state.className = "lab-state";
      state.dataset.colour = colour;
      state.textContent = word;
      const link = document.createElement("a");
      link.href = `?${new URLSearchParams({ [param]: id })}`;
      link.textContent = text;
      link.onclick = (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
        setTriggerValue("opened", id);
      };
      item.append(state, link);
      return item;
    }),
  );
}
