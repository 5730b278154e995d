// @ts-check
// Home's links to the other pages. Called by Streamlit at mount and at every change of `data`. A link
// opens in place, as the Back button does; with Ctrl, in a tab of its own.

/** @typedef {[string, string, string]} Step  address, icon, label with **bold** and *underlined* */

/**
 * @param {string} label
 * @returns {(Node | string)[]}
 */
export function marked(label) {
  return label.split(/(\*\*[^*]+\*\*|\*[^*]+\*)/).map((part) => {
    if (!part.startsWith("*")) return part;
    const isBold = part.startsWith("**");
    const node = document.createElement(isBold ? "strong" : "em");
    node.textContent = part.slice(isBold ? 2 : 1, isBold ? -2 : -1);
    return node;
  });
}

/** @param {Step} step */
function item([address, icon, label]) {
  const link = document.createElement("a");
  link.href = address;
  const sign = document.createElement("i");
  sign.ariaHidden = "true";
  sign.textContent = icon;
  const text = document.createElement("span");
  text.append(...marked(label));
  link.append(sign, text);
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
    history.pushState({}, "", link.href);
    dispatchEvent(new PopStateEvent("popstate"));
  };
  const place = document.createElement("li");
  place.append(link);
  return place;
}

/** @param {any} component */
export default function ({ parentElement, data: bytes }) {
  /** @type {{first: Step[], title: string, cards: Step[]}} */
  const { first, title, cards } = JSON.parse(new TextDecoder().decode(bytes));
  const [links, heading, places] = parentElement.querySelector("nav").children;
  links.replaceChildren(...first.map(item));
  heading.textContent = title;
  places.replaceChildren(...cards.map(item));
}
