// @ts-check
// Links to the newest runs or sweeps of the page that one is on, and one to all of them. Called by
// Streamlit at mount and at every change of `data`.

import { openInPlace, pageLink } from "./page_link.js";

/** @typedef {import("./page_link.js").PageLink} PageLink */

/** @param {any} component */
export default function ({ parentElement, setTriggerValue, data: bytes }) {
  /** @type {{title: string, links: [string, string, string, string][], param: string, more: PageLink | []}} */
  const { title, links, param, more } = JSON.parse(new TextDecoder().decode(bytes));
  const [heading, list, last] = parentElement.querySelector("section").children;
  heading.textContent = title;
  last.replaceChildren(...(more.length ? [pageLink(more)] : []));
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
      openInPlace(link, () => setTriggerValue("opened", id));
      item.append(state, link);
      return item;
    }),
  );
}
