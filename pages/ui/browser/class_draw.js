// @ts-check
/** Drawing on the phone: "Draw this", "Fool the network", and votes on what others drew. */

import { makeBars, percent, showBars } from "./bars.js";
import { choices, make, paintStrokes, recall, remember } from "./class_parts.js";
import { ask } from "./class_sender.js";
import { oneModel } from "./models.js";
import { prepare, probabilities } from "./reader.js";
import { makeSketch } from "./sketch.js";
import { fill } from "./text.js";

/** @typedef {import("./class_parts.js").Context} Context */
/** @typedef {import("./class_parts.js").View} View */
/** @typedef {import("./sketch.js").Stroke} Stroke */
/** @typedef {{strokes: Stroke[], label: number}} Draft */

const SIDE = 280; // units of the pad's side
const PEN = 20;
const STEP = 10; // of the keyboard's cross
const MOST_BYTES = 50_000; // of a drawing that is sent
const THUMBNAIL = 56; // pixels of a canvas

/** Each person draws what the page says. @param {Context} context */
export const draw = (context) => drawing(context, false);

/** Each person says what the drawing is. @param {Context} context */
export const fool = (context) => drawing(context, true);

/**
 * @param {Context} context
 * @param {boolean} isFree  the person chooses the label
 * @returns {View}
 */
function drawing({ config, me, activity, given, host, send, say, warn }, isFree) {
  const { words, names } = config;
  const { count, digit } = activity.settings;
  const draftName = `class-draft:${activity.id}`;
  /** @type {Record<string, Draft>} */
  const sent = {};
  for (let slot = 0; slot < count; slot++) if (given[slot]) sent[slot] = given[slot];
  let slot = nextSlot();
  let label = -1;
  /** @type {Stroke[]} */
  let strokes = [];
  /** @type {ReadonlyArray<import("./reader.js").Layer> | null} */
  let layers = null;
  let best = -1;
  let due = false;
  let isRevealed = false;
  let isOpen = true;
  let isUnsent = false; // what is on the pad

  const target = make("p", { class: isFree ? "target long" : "target" });
  const canvas = make("canvas", {
    class: isFree ? "pad small" : "pad", tabIndex: 0, role: "application", "aria-label": words.pad,
    "aria-describedby": "pad-help",
  });
  const help = make("p", { class: "unseen", id: "pad-help" }, words.pad_help);
  const bars = make("ol", { class: "lab-bars", "aria-label": words.bars });
  const verdict = make("p", { class: "quiet" });
  const reader = make("p", { class: "quiet" });
  const button = make("button", { type: "button", class: "main", onclick: give }, words.send);
  const undo = make("button", { type: "button", onclick: () => pad.undo() }, words.undo);
  const clear = make("button", { type: "button", onclick: () => pad.clear() }, words.clear);
  const labels = choices(words.what_is_it, "digits", names, (chosen) => {
    label = chosen;
    isUnsent = true;
    changed();
  });
  const row = make("div", { class: "sent" });
  const result = make("div");
  const work = make(
    "div", {}, target, canvas, help, ...(isFree ? [make("p", {}, words.what_is_it), labels.node] : []),
    make("div", { class: "row" }, undo, clear, button), verdict, bars, reader,
  );
  const late = make("p", { role: "status" });
  host.append(result, work, late, row);
  makeBars(bars, names, config.colours);
  const pad = makeSketch(canvas, {
    side: SIDE,
    width: PEN,
    onChange(drawn) {
      strokes = drawn;
      isUnsent = true;
      changed();
    },
    onEnd() {
      remember(draftName, strokes.length ? { slot, strokes, label } : null);
      say(best < 0 ? "" : fill(words.reads, { name: names[best] }));
    },
    onMove: (x, y) => say(fill(words.place, { across: x / STEP, down: y / STEP })),
  });
  const readWith = oneModel((loaded) => {
    layers = loaded;
    changed();
    showResult();
  });

  /** The first that is not drawn yet; `count` when all are. */
  function nextSlot() {
    for (let place = 0; place < count; place++) if (!sent[place]) return place;
    return count;
  }

  /** What to draw: the same for all, or another digit for each member. @param {number} place */
  function wanted(place) {
    return digit ?? (Number.parseInt(me.member, 16) + place) % names.length;
  }

  function changed() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      const pixels = layers && prepare(strokes, SIDE)?.centred;
      const found = layers && pixels ? probabilities(layers, pixels) : null;
      best = showBars(bars, found);
      verdict.textContent = !found ? words.nothing
        : fill(isFree && label >= 0 && label !== best ? words.fooled : words.reads_so,
          { name: names[best], percent: percent(found[best]) });
      undo.disabled = clear.disabled = !strokes.length;
      button.disabled = !strokes.length || (isFree && label < 0);
      labels.press(label);
    });
  }

  function showSlot() {
    work.hidden = slot >= count || !isOpen;
    if (isFree) target.textContent = words.fool_target;
    else {
      const [before, after] = words.draw_target.split("{digit}");
      target.replaceChildren(before, make("b", {}, names[wanted(Math.min(slot, count - 1))]), after ?? "");
    }
    if (count > 1 && slot < count) {
      target.append(make("span", { class: "quiet" }, " ", fill(words.n_of, { n: slot + 1, all: count })));
    }
    row.replaceChildren();
    if (work.hidden && !isRevealed) {
      const n = Object.keys(sent).length;
      const all = n === count ? words.all_sent : n ? fill(words.some_sent, { n, all: count }) : words.none_given;
      row.append(make("p", {}, make("b", {}, all), " ", words.look));
    }
    for (const [place, drawn] of Object.entries(sent)) {
      const picture = make("canvas", { width: THUMBNAIL, height: THUMBNAIL });
      paintStrokes(picture, drawn.strokes, SIDE);
      row.append(
        make("button", {
          type: "button", "aria-label": fill(words.again, { n: Number(place) + 1, name: names[drawn.label] }),
          onclick: () => open(Number(place), drawn),
        }, picture),
      );
    }
  }

  /** @param {number} place @param {Draft | null} draft */
  function open(place, draft) {
    slot = place;
    label = draft ? draft.label : -1;
    pad.put(draft ? draft.strokes.map((stroke) => ({ ...stroke })) : []);
    isUnsent = false;
    showSlot();
    canvas.scrollIntoView({ block: "nearest" });
  }

  /** @returns {Promise<boolean>}  true if the server has it */
  async function give() {
    const place = slot;
    const content = { label: isFree ? label : wanted(place), strokes: light(strokes), ink: "light" };
    button.disabled = true;
    const before = sent[place];
    sent[place] = content;
    remember(draftName, null);
    open(nextSlot(), null);
    const taken = await send(String(place), content);
    if (taken) say(words.sent);
    else if (sent[place] === content) {
      if (before) sent[place] = before;
      else delete sent[place];
      if (isOpen && !strokes.length) open(place, content);
      else showSlot();
    }
    showResult();
    return taken;
  }

  /** Send what is on the pad when the time is up. Where the server refuses it, the page says so. */
  async function giveLate() {
    if (!isUnsent || !strokes.length || slot >= count) return;
    if (isFree && label < 0) warn(words.late_unnamed);
    else if (await give()) late.textContent = words.late_sent;
  }

  function showResult() {
    const network = layers;
    if (!isRevealed || !network) return;
    const read = Object.values(sent).map(({ label, strokes }) => {
      const pixels = prepare(strokes, SIDE)?.centred;
      const found = pixels ? probabilities(network, pixels) : null;
      return { label, name: found ? names[found.indexOf(Math.max(...found))] : "–" };
    });
    const right = read.filter(({ label, name }) => names[label] === name).length;
    result.replaceChildren(
      make("p", { class: "good" }, !read.length ? words.none_given
        : fill(isFree ? words.fooled_result : words.draw_result,
          { n: isFree ? read.length - right : right, all: read.length })),
      ...read.map(({ label, name }) =>
        make("p", { class: "quiet" }, fill(words.said_and_read, { name: names[label], read: name }))),
      make("p", {}, words.look),
    );
  }

  const draft = recall(draftName);
  if (draft && draft.slot < count) {
    open(draft.slot, draft);
    isUnsent = true;
  }
  showSlot();
  changed();
  return {
    update({ open, revealed, settings: { model } }) {
      readWith(model);
      reader.textContent = model ? fill(words.reader, { title: config.titles[model.title] ?? model.title }) : "";
      if (isRevealed === revealed && isOpen === open) return;
      [isRevealed, isOpen] = [revealed, open];
      if (!isOpen) giveLate();
      showSlot();
      showResult();
    },
    end() {
      isOpen = false;
      giveLate();
      readWith(null);
      remember(draftName, null);
    },
  };
}

/** Strokes that are small enough to send: rounded, without points that lie close together.
 * @param {ReadonlyArray<Stroke>} strokes @returns {Stroke[]} */
function light(strokes) {
  for (let least = 1; ; least *= 2) {
    const made = strokes.map(({ points, width }) => {
      let [x, y] = points[0];
      const kept = points.filter((point, index) => {
        const isFar = Math.hypot(point[0] - x, point[1] - y) >= least;
        if (isFar) [x, y] = point;
        return isFar || index === 0 || index === points.length - 1;
      });
      return { width, points: kept.map((point) => point.map((at) => Math.round(10 * at) / 10)) };
    });
    if (least > SIDE || JSON.stringify(made).length < MOST_BYTES) return made;
  }
}

/**
 * Say what others drew.
 *
 * @param {Context} context
 * @returns {View}
 */
export function vote({ config, me, given, host, send }) {
  const { words, names } = config;
  /** @type {{slot: string, strokes: Stroke[]}[]} */
  let drawings = [];
  let at = 0;
  let gone = false;
  const target = make("p", { class: "target" }, words.one_moment);
  const picture = make("canvas", {
    class: "seen", width: SIDE, height: SIDE, role: "img", "aria-label": words.drawing_of_other,
  });
  const labels = choices(words.what_do_you_read, "digits", names, async (digit) => {
    const { slot } = drawings[at];
    at += 1;
    show();
    await send(slot, { digit });
  });
  const skip = make("button", {
    type: "button",
    onclick: () => {
      at += 1;
      show();
    },
  }, words.skip);
  host.append(target, picture, labels.node, make("div", { class: "row" }, skip));

  function show() {
    const drawn = drawings[at];
    for (const node of [picture, labels.node, skip]) node.hidden = !drawn;
    target.textContent = drawn
      ? `${words.what_do_you_read} ${fill(words.n_of, { n: at + 1, all: drawings.length })}`
      : drawings.length ? `${words.all_sent} ${words.look}` : words.nobody_drew;
    if (drawn) paintStrokes(picture, drawn.strokes, SIDE);
  }

  async function fetchDrawings() {
    const { status, content } = await ask(`/c/${me.code}/others`);
    if (gone) return;
    if (status !== 200) {
      setTimeout(fetchDrawings, 1500);
      return;
    }
    drawings = content.filter((/** @type {{slot: string}} */ { slot }) => !given[slot]);
    show();
  }

  for (const node of [picture, labels.node, skip]) node.hidden = true;
  fetchDrawings();
  return {
    update({ revealed, result }) {
      if (!revealed) return;
      at = drawings.length;
      for (const node of [picture, labels.node, skip]) node.hidden = true;
      const own = (result?.drawings ?? []).filter((/** @type {any} */ { member }) => member === me.member);
      target.replaceChildren(
        ...own.map((/** @type {any} */ each) =>
          make("p", { class: each.fooled ? "good" : "" }, fill(each.fooled ? words.own_fooled : words.own_read, {
            name: names[each.label], read: names[each.read], votes: each.votes[each.label],
            all: each.votes.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0),
          }))),
        words.look,
      );
    },
    end: () => (gone = true),
  };
}
