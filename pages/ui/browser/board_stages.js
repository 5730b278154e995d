// @ts-check
/** What the board shows without drawings and curves: who is here, a question, a page to follow. */

import { element, qrCode } from "./board_parts.js";
import { fill } from "./text.js";

/**
 * @typedef {import("./board_record.js").Board} Board
 * @typedef {import("./board_tiles.js").Stage} Stage
 * @typedef {{qr: {path: string, side: number}, address: string, code: string}} Join
 */

const ONE_COLUMN = 5; // options; more of them are in two
const SMALLEST = 0.5; // part of its usual size that a long question's text may have

/** @param {HTMLElement} list @param {Board} board @param {Record<string, any>} words */
function showPeople(list, { members }, words) {
  const isShown = (/** @type {import("./board_record.js").Member} */ { name, lesson }) => name || lesson;
  const items = members.filter(isShown).map((member) => {
    const item = element("li", "", element("span", "", member.name || words.somebody));
    if (member.lesson) {
      const bar = element("progress");
      [bar.value, bar.max] = member.lesson;
      bar.ariaLabel = fill(words.steps, { done: member.lesson[0], all: member.lesson[1] });
      item.firstElementChild?.append(element("small", "", member.lesson.join("/")));
      item.append(bar);
    }
    return item;
  });
  const rest = members.length - items.length;
  if (rest) items.push(element("li", "", fill(items.length ? words.more : words.unnamed, { n: rest })));
  list.replaceChildren(...items);
}

/**
 * How to join, large, and who is here.
 *
 * @param {HTMLElement} place
 * @param {Join} join
 * @param {Record<string, any>} words
 * @returns {Stage}
 */
export function lobby(place, join, words) {
  place.classList.add("lab-board-lobby");
  const steps = element(
    "div",
    "lab-lobby-how",
    element("p", "", words.scan),
    element("p", "lab-lobby-address", join.address),
    element("p", "", words.type),
    element("p", "lab-lobby-code", join.code),
  );
  const title = element("h2");
  const people = element("ul", "lab-people");
  const here = element("div", "lab-lobby-here", title, people);
  place.append(qrCode(join.qr, join.address), element("div", "lab-lobby-side", steps, here));
  return {
    update(board) {
      const n = board.members.length;
      title.textContent = n ? fill(words.here, { n }) : words.nobody;
      showPeople(people, board, words);
    },
    end() {},
  };
}

/**
 * A question with its answers; bars once it is revealed.
 *
 * @param {HTMLElement} place
 * @param {Record<string, any>} words
 * @param {string} colour
 * @returns {Stage}
 */
export function question(place, words, colour) {
  place.classList.add("lab-board-question");
  const text = element("p", "lab-question-text");
  const list = element("ol", "lab-options");
  const note = element("p", "lab-board-note");
  place.append(text, list, note);
  const fitText = () => {
    let size = 1;
    do place.style.setProperty("--fit", String(size));
    while (place.scrollHeight > place.clientHeight && (size -= 0.05) > SMALLEST);
  };
  const watch = new ResizeObserver(fitText);
  watch.observe(place);
  return {
    update({ school }) {
      const activity = school?.activity;
      if (!activity) return;
      const { settings, result } = activity;
      text.textContent = settings.text;
      const most = Math.max(1, ...(result?.counts ?? []));
      const items = settings.options.map((/** @type {string} */ option, /** @type {number} */ i) => {
        const filled = element("i");
        const item = element(
          "li",
          "",
          element("b", "", String.fromCharCode(65 + i)),
          element("span", "lab-option-text", option),
          element("span", "lab-option-track", filled),
          element("span", "lab-option-count", result ? String(result.counts[i]) : ""),
        );
        if (result) {
          filled.style.width = `${(100 * result.counts[i]) / most}%`;
          filled.style.background = colour;
          item.dataset.right = String(result.right === i);
        }
        return item;
      });
      const isMany = items.length > ONE_COLUMN;
      list.dataset.many = String(isMany);
      list.style.setProperty("--count", String(isMany ? Math.ceil(items.length / 2) : items.length));
      list.dataset.revealed = String(Boolean(result));
      list.replaceChildren(...items);
      const known = result && result.correct !== null && result.given;
      note.textContent = known ? fill(words.correct, { n: result.correct, all: result.given }) : "";
      fitText();
    },
    end() {
      watch.disconnect();
      place.style.removeProperty("--fit");
    },
  };
}

/**
 * The page that phones follow, and how far everybody is.
 *
 * @param {HTMLElement} place
 * @param {Record<string, any>} words
 * @param {Record<string, string>} pages  titles by path
 * @returns {Stage}
 */
export function followed(place, words, pages) {
  place.classList.add("lab-board-follow");
  const title = element("p", "lab-question-text");
  const people = element("ul", "lab-people");
  place.append(title, people);
  return {
    update(board) {
      const path = board.school?.activity?.settings.path ?? "";
      const name = pages[path.split("&")[0]] ?? pages[path.split("?")[0]];
      title.textContent = fill(words.follow, { page: name ?? path });
      showPeople(people, board, words);
    },
    end() {},
  };
}
