// @ts-check
// Links to other pages of the app: address, name of the icon, and label.

/** @typedef {[string, string, string]} PageLink  address, icon, label with **bold** and *underlined* */

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

/**
 * Call `open` at a click, and go to the top of the page; with Ctrl the browser opens the address in
 * a tab of its own.
 *
 * @param {HTMLAnchorElement} link @param {() => void} open
 */
export function openInPlace(link, open) {
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
    open();
  };
}

/**
 * A link that opens in place, as the Back button does.
 *
 * @param {PageLink} link
 */
export function pageLink([address, icon, label]) {
  const link = document.createElement("a");
  link.className = "lab-page-link";
  link.href = address;
  const sign = document.createElement("i");
  sign.ariaHidden = "true";
  sign.textContent = icon;
  const text = document.createElement("span");
  text.append(...marked(label));
  link.append(sign, text);
  openInPlace(link, () => {
    history.pushState({}, "", link.href);
    dispatchEvent(new PopStateEvent("popstate"));
  });
  return link;
}
