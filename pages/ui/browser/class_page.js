// @ts-check
/** The phone of a member: joins a class, then shows what its teacher has opened. */

import { curveToPredict, follow, question } from "./class_answers.js";
import { draw, fool, vote } from "./class_draw.js";
import { make } from "./class_parts.js";
import { race } from "./class_race.js";
import { ask, isPassing, makeSender } from "./class_sender.js";
import { onConnection, subscribe } from "./live.js";
import { load } from "./models.js";
import { duration, fill } from "./text.js";

/** @typedef {import("./class_parts.js").Me} Me */
/** @typedef {import("./class_parts.js").Activity} Activity */
/** @typedef {import("./class_parts.js").View} View */

/** @type {import("./class_parts.js").Config} */
const config = JSON.parse(find("class").textContent ?? "");
const { words } = config;
const place = find("place");
/** @type {Record<string, (context: import("./class_parts.js").Context) => View>} */
const VIEWS = { draw, fool, vote, race, predict: curveToPredict, question, follow };

/** @param {string} id @returns {HTMLElement} */
function find(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id @param {string} text  "" hides it */
function tell(id, text) {
  find(id).textContent = text;
  find(id).hidden = !text;
}

/** Replace what the page shows. @param {string} title @param {...(Node | string)} children */
function show(title, ...children) {
  document.body.className = "";
  const heading = make("h1", { tabIndex: -1 }, title);
  place.replaceChildren(heading, ...children);
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** Show the form to join. @param {string} code */
function showForm(code) {
  find("top").hidden = true;
  const own = { autocapitalize: "characters", autocomplete: "off", spellcheck: false };
  const codeField = make("input", { ...own, class: "code", value: code, maxLength: 12, required: true });
  const name = make("input", { autocomplete: "nickname", maxLength: 24 });
  const personal = make("input", { ...own, class: "code", maxLength: 10 });
  const button = make("button", { class: "main" }, words.join);
  const form = make(
    "form",
    {
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        button.disabled = true;
        const sent = { code: codeField.value, nickname: name.value, personal: personal.value };
        const { status, content } = await ask("/c/join", sent);
        button.disabled = false;
        if (status === 200) {
          history.replaceState(null, "", `/c/${content.code}`);
          tell("problem", "");
          enter(content);
        } else tell("problem", content?.problem ?? words.no_server);
      },
    },
    make("label", {}, words.code, codeField),
    make("label", {}, words.nickname, " ", make("span", {}, words.optional), name),
    make(
      "details",
      {},
      make("summary", {}, words.was_here),
      make("label", {}, words.personal, personal),
    ),
    make("p", { class: "row" }, button),
  );
  show(words.join_title, form);
}

/** Come back to a class, or show the form. */
async function start() {
  const code = decodeURIComponent(location.pathname.split("/")[2] ?? "").trim();
  if (!code) {
    showForm("");
    return;
  }
  const { status, content } = await ask(`/c/${encodeURIComponent(code)}/mine`);
  if (status === 200) enter(content);
  else if (isPassing(status)) {
    tell("notice", words.lost);
    setTimeout(start, 1500);
    return;
  } else showForm(code);
  tell("notice", "");
}

/** Be in a class, as long as the page is open. @param {Me} me */
function enter(me) {
  /** @type {View | null} */
  let view = null;
  let shown = ""; // names the view
  /** @type {any} */
  let last = null; // value of the class
  const ahead = me.now - Date.now() / 1000; // of the server's clock
  let [isLost, isWaiting, gone] = [false, false, false];
  const fields = make("fieldset");

  const sender = makeSender(me.code, {
    refused(problem, status) {
      if (status === 403) leave();
      tell("problem", problem);
    },
    waits(waiting) {
      isWaiting = waiting;
      notify();
    },
  });

  function notify() {
    const activity = last?.activity;
    const left = activity?.open && activity.ends ? activity.ends - ahead - Date.now() / 1000 : 0;
    const isShut = view && activity && !activity.open && !activity.revealed;
    const text = isLost || isWaiting ? words.lost : !last || last.closed ? ""
      : last.paused ? words.paused : isShut ? words.over
      : left > 0 ? fill(words.left, { time: duration(left, words) }) : "";
    if (find("notice").textContent !== text) tell("notice", text);
  }

  function leave() {
    gone = true;
    [sender.end, endTopic, endConnection].forEach((end) => end());
    clearInterval(clock);
    view?.end();
    view = null;
    tell("notice", "");
    start();
  }

  /** Leave if the teacher has removed this member. */
  async function checkPlace() {
    const { status } = await ask(`/c/${me.code}/mine`);
    if (status !== 204 || gone) return;
    leave();
    tell("problem", words.removed);
  }

  function wait() {
    show(
      words.in_class,
      make("p", {}, words.look),
      make(
        "div",
        { class: "card" },
        make("p", {}, words.your_code),
        make("p", { class: "large" }, me.personal),
        make("p", { class: "quiet" }, words.write_down),
      ),
    );
  }

  /** @param {any} value  of the class */
  function update(value) {
    if (value && value.members < last?.members) checkPlace();
    last = value;
    const activity = /** @type {Activity | null} */ (value?.activity ?? null);
    const kind = !value ? "gone" : value.closed ? "closed" : !activity ? "waits"
      : activity.settings.votes ? "vote" : activity.kind;
    const now = activity && VIEWS[kind] ? `${activity.id} ${kind}` : kind;
    if (now !== shown) {
      shown = now;
      tell("problem", "");
      if (kind === "gone") sender.end();
      view?.end();
      view = null;
      fields.replaceChildren();
      if (activity && VIEWS[kind]) {
        show(words[kind], fields);
        document.body.className = kind === "follow" ? "follows" : "";
        view = VIEWS[kind]({
          config, me, activity, host: fields,
          given: {
            ...(activity.id === me.activity && me.given),
            ...sender.waiting(activity.id),
          },
          async send(slot, content) {
            tell("problem", "");
            const taken = await sender.send(activity.id, slot, content);
            if (taken) {
              if (me.activity !== activity.id) [me.activity, me.given] = [activity.id, {}];
              me.given[slot] = content;
            }
            return taken;
          },
          say: (text) => (find("said").textContent = text),
          warn: (text) => tell("problem", text),
        });
      } else if (kind === "gone" || kind === "closed") {
        show(words[kind], make("p", {}, words.thanks));
      } else wait();
    }
    notify();
    if (!activity || !view) return;
    fields.disabled = !activity.open || value.paused;
    view.update(activity);
  }

  if (me.model) load(me.model).catch(() => {}); // before everybody draws at once
  find("top").hidden = false;
  find("class-name").textContent = me.name || fill(words.class_code, { code: me.code });
  find("own-name").textContent = `${me.nickname || words.you} · ${me.personal}`;
  const endTopic = subscribe(`class:${me.code}`, ({ gone, value }) => update(gone ? null : value));
  const endConnection = onConnection((connected) => {
    isLost = !connected;
    notify();
  });
  const clock = setInterval(notify, 500);
}

start();
