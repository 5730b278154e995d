// @ts-check
// Home's links to the other pages. Called by Streamlit at mount and at every change of `data`.

import { pageLink } from "./page_link.js";

/** @typedef {import("./page_link.js").PageLink} PageLink */

/** @param {PageLink} link */
function item(link) {
  const place = document.createElement("li");
  place.append(pageLink(link));
  return place;
}

/** @param {any} component */
export default function ({ parentElement, data: bytes }) {
  /** @type {{first: PageLink[], title: string, cards: PageLink[]}} */
  const { first, title, cards } = JSON.parse(new TextDecoder().decode(bytes));
  const [links, heading, places] = parentElement.querySelector("nav").children;
  links.replaceChildren(...first.map(item));
  heading.textContent = title;
  places.replaceChildren(...cards.map(item));
}
