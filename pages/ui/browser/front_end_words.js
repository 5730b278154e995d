// @ts-check
/**
 * Words of Streamlit's and Plotly's front ends in the language of the page. They have no
 * translations of their own, so the page's words are replaced where they appear.
 */

const ATTRIBUTES = ["aria-label", "title", "placeholder", "data-title"];
// What the app and its visitors wrote: a run may be called "Stop".
const OURS =
  ".stMarkdown, .stHtml, .stTable, .stBidiComponent, [data-testid=stMarkdownContainer], " +
  "[role=option], code, pre, textarea";
const THEIRS = "[data-testid=stFileUploader]"; // has its words in elements like ours
/** @type {Map<string, string>} */
let whole = new Map();
/** @type {{pattern: RegExp, text: string}[]} */
let patterns = [];

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * Return a text in the page's language; null if it is none of the known words.
 *
 * @param {string} text
 */
export function translated(text) {
  const trimmed = text.trim();
  const found = whole.get(trimmed);
  if (found !== undefined) return text.replace(trimmed, () => found);
  for (const { pattern, text: words } of patterns) {
    const match = pattern.exec(trimmed);
    if (match) return words.replace("{x}", () => match[1]);
  }
  return null;
}

/** @param {Element} element */
function translateElement(element) {
  for (const name of ATTRIBUTES) {
    const value = element.getAttribute(name);
    const found = value && translated(value);
    if (found && found !== value) element.setAttribute(name, found);
  }
}

/** @param {Node} node */
function translateText(node) {
  const place = node.parentElement;
  if (!node.nodeValue || (place?.closest(OURS) && !place.closest(THEIRS))) return;
  const found = translated(node.nodeValue);
  if (found && found !== node.nodeValue) node.nodeValue = found;
}

/** @param {Node} root */
function translateAll(root) {
  if (root instanceof Text) return translateText(root);
  if (!(root instanceof Element)) return;
  translateElement(root);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node instanceof Element) translateElement(node);
    else translateText(node);
  }
}

/**
 * Keep the page's words in its language from now on. Once a page: another language is another page.
 *
 * @param {Record<string, string>} words English -> the page's language; "{x}" stands for anything
 */
export function useWords(words) {
  const entries = Object.entries(words);
  whole = new Map(entries.filter(([english]) => !english.includes("{x}")));
  patterns = entries
    .filter(([english]) => english.includes("{x}"))
    .map(([english, text]) => ({
      pattern: new RegExp(`^${english.split("{x}").map(escaped).join("(.+)")}$`, "s"),
      text,
    }));
  const observer = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "childList") addedNodes.forEach(translateAll);
      else if (target instanceof Element) translateElement(target);
      else translateText(target);
    }
  });
  observer.observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
    attributeFilter: ATTRIBUTES,
  });
  translateAll(document.body);
}
