// Shows a picture, a small change of each pixel, and the two added up, with the model's answers to the
// first and the last. The change is computed in the browser from the model's weights. Called by Streamlit
// at mount and at every change of `data`; elements stay as long as the classes do. Without `data.image`
// the picture is the drawing on the pad.
const load = (base, ...names) =>
  Promise.all(names.map((name) => import(`${location.origin}${base}/${name}.js`)));

const SIDE = 28;
const BLUE = [63, 144, 218]; // lighter; as in pages/ui/figures/theme.py
const ORANGE = [231, 99, 0]; // darker

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// Text nodes stay: see answer.js.
function setText(place, text) {
  if (place.firstChild?.nodeType !== Node.TEXT_NODE) place.textContent = text;
  else if (place.firstChild.data !== text) place.firstChild.data = text;
}

function picture(name) {
  const figure = element("figure", `lab-fool-${name}`);
  const canvas = element("canvas");
  Object.assign(canvas, { width: SIDE, height: SIDE, role: "img" });
  figure.append(canvas, element("figcaption"));
  return figure;
}

function build(root, data) {
  const { words, names } = data;
  const controls = element("div", "lab-fool-controls");
  const wish = element("label", "", words.wish);
  const select = element("select");
  const strength = element("div", "lab-fool-strength"); // an output would take the label
  const slider = element("input");
  const value = element("output");
  const least = element("button", "", words.least);
  const signs = element("p", "lab-legend");
  const pictures = element("div", "lab-fool-pictures");
  select.append(...[words.any, ...names].map((name, i) => new Option(name, i ? String(i - 1) : "")));
  Object.assign(slider, { type: "range", min: "0", max: String(data.most), step: "1", value: "0" });
  least.type = "button";
  wish.append(select);
  slider.ariaLabel = words.strength;
  strength.append(element("span", "", words.strength), value, slider);
  controls.append(wish, strength, least);
  signs.append(element("span"), element("i"), element("span"));
  const parts = { select, slider, value, least, signs };
  for (const name of ["before", "change", "after"]) {
    parts[name] = picture(name);
    pictures.append(parts[name]);
  }
  parts.change.append(signs);
  for (const name of ["before", "after"]) parts[name].lastChild.textContent = words[name];
  for (const name of ["before", "after"]) {
    const list = element("ol", "lab-bars");
    const title = element("b");
    list.setAttribute("aria-label", words[`${name}Bars`]);
    parts[`${name}Bars`] = list;
    parts[`${name}Answer`] = title;
    const card = element("div", `lab-fool-answer lab-fool-${name}`);
    card.append(title, list);
    pictures.append(card);
  }
  parts.says = element("p", "lab-fool-says");
  Object.assign(parts.says, { role: "status", ariaLive: "polite" });
  root.replaceChildren(controls, parts.says, pictures);
  select.onchange = () => root.ready && renew(root);
  slider.oninput = () => root.found && show(root);
  least.onclick = () => {
    if (!root.found) return;
    slider.value = String(root.found.greys);
    show(root);
  };
  root.dataset.short = String(names.every((name) => name.length < 3)); // two lists fit side by side
  root.parts = parts;
}

// A change of each pixel, blue where it is lighter, orange where darker; full colour at `greys`.
function paintChange(canvas, before, after, greys) {
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(SIDE, SIDE);
  for (let at = 0; at < SIDE * SIDE; at++) {
    const difference = after[at] - before[at];
    image.data.set(difference > 0 ? BLUE : ORANGE, 4 * at);
    image.data[4 * at + 3] = greys ? (255 * Math.abs(difference)) / greys : 0;
  }
  pen.putImageData(image, 0, 0);
}

function showBlank(root) {
  const { parts, data, ready } = root;
  root.found = null;
  parts.signs.style.visibility = "hidden";
  for (const name of ["before", "change", "after"]) {
    const canvas = parts[name].firstChild;
    canvas.ariaLabel = parts[name].children[1].textContent;
    if (name === "change") canvas.getContext("2d").clearRect(0, 0, SIDE, SIDE);
    else ready.bars.paint(canvas, null);
  }
  for (const name of ["before", "after"]) {
    ready.bars.showBars(parts[`${name}Bars`], null);
    setText(parts[`${name}Answer`], "\u00a0");
  }
  parts.slider.disabled = parts.least.disabled = true;
  setText(parts.value, "");
  setText(parts.change.children[1], data.words.none);
  setText(parts.says, data.words.blank);
  root.dataset.greys = "";
}

// Another picture, model or wish: the slider goes to the smallest change that fools.
async function renew(root) {
  const { parts, data, pixels, ready } = root;
  const turn = (root.turn = {});
  const isWanted = () => root.turn === turn && !root.ended;
  if (!pixels) return showBlank(root);
  root.found = null;
  const { fool, models, layers } = ready;
  const target = parts.select.value === "" ? null : Number(parts.select.value);
  const ways = fool.ways(layers, pixels, target);
  const answer = fool.answerTo(layers, pixels);
  const greys = await fool.smallest(layers, pixels, ways, target, data.most, isWanted);
  if (!isWanted()) return;
  root.found = { target, ways, answer, greys, before: models.answer(layers, pixels) };
  parts.slider.disabled = false;
  parts.slider.value = String(greys ?? 0);
  show(root);
}

function show(root) {
  const { parts, data, pixels, ready, found } = root;
  const { words, names } = data;
  const { bars, fool, text, reader, layers } = ready;
  const greys = Number(parts.slider.value);
  const changed = fool.changed(pixels, found.ways, greys);
  const after = reader.probabilities(layers, changed);
  const share = text.percent(greys / 255);
  bars.paint(parts.before.firstChild, pixels);
  paintChange(parts.change.firstChild, pixels, changed, greys);
  bars.paint(parts.after.firstChild, changed);
  const best = bars.showBars(parts.afterBars, after);
  bars.showBars(parts.beforeBars, found.before);
  const line = (at, all) => text.fill(words.answer, { name: names[at], percent: text.percent(all[at]) });
  setText(parts.beforeAnswer, line(found.answer, found.before));
  setText(parts.afterAnswer, line(best, after));
  const times = greys ? (255 / greys).toFixed(greys < 100 ? 0 : 1) : "";
  setText(parts.change.children[1], greys ? text.fill(words.change, { times }) : words.none);
  parts.signs.style.visibility = greys ? "" : "hidden";
  setText(parts.signs.firstChild, text.fill(words.darker, { n: greys }));
  setText(parts.signs.lastChild, text.fill(words.lighter, { n: greys }));
  const stated = text.fill(words.value, { percent: share, n: greys });
  setText(parts.value, stated);
  parts.slider.setAttribute("aria-valuetext", stated);
  parts.least.disabled = found.greys === null || found.greys === greys;
  setText(parts.says, sentence(root, greys, best, share));
  for (const name of ["before", "change", "after"]) {
    const [canvas, caption] = parts[name].children;
    canvas.ariaLabel = caption.textContent;
  }
  root.dataset.greys = String(greys);
  root.dataset.answer = names[best];
}

function sentence({ data, found, ready }, greys, best, share) {
  const { words, names, most } = data;
  const { fill, percent } = ready.text;
  const values = { percent: share, name: names[found.answer], other: names[best], most: percent(most / 255) };
  values.wanted = names[found.target];
  if (found.target === found.answer) return fill(words.already, values);
  if (found.greys === null && !greys) {
    return fill(found.target === null ? words.never : words.neverWanted, values);
  }
  if (best === found.answer) return fill(words.still, values);
  const isLeast = greys === found.greys;
  return fill(isLeast ? words.smallest : words.fooled, values);
}

// The picture is the one that is given, or the drawing when the pen is up.
function follow(root) {
  const { data, ready } = root;
  if (data.image) {
    const pixels = Uint8Array.from(atob(data.image), (c) => c.charCodeAt(0));
    if (root.shown === data.image && root.found) return show(root);
    Object.assign(root, { pixels, shown: data.image });
    return renew(root);
  }
  root.shown = null;
  root.stop = ready.drawing.watch(({ down }) => {
    if (down) return;
    const pixels = ready.drawing.stages()?.centred ?? null;
    if (root.shown === pixels && root.found) return;
    Object.assign(root, { pixels, shown: pixels });
    renew(root);
  });
}

async function start(root, key) {
  const { modules, model } = root.data;
  const mine = () => root.key === key && !root.ended;
  try {
    const names = ["fool", "reader", "drawing", "models", "bars", "text"];
    const [fool, reader, drawing, models, bars, text] = await load(modules, ...names);
    const layers = await models.load(model);
    if (!mine()) return;
    root.ready = { key, fool, reader, drawing, models, bars, text, layers };
    for (const name of ["before", "after"]) bars.makeBars(root.parts[`${name}Bars`], root.data.names, root.data.colours);
    root.shown = null;
    follow(root);
  } catch {
    if (mine()) setText(root.parts.says, root.data.words.failed);
  }
}

export default function (component) {
  const root = component.parentElement.querySelector("section");
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const shape = JSON.stringify([data.names, data.words]);
  root.stop?.();
  Object.assign(root, { data, ended: false, stop: null });
  if (root.dataset.shape !== shape) {
    build(root, data);
    root.dataset.shape = shape;
    root.ready = root.found = null;
    root.key = "";
  }
  const key = data.model.url;
  // Nothing is loaded or computed in a part of the page that is closed.
  const size = new ResizeObserver(([{ contentRect }]) => {
    if (!contentRect.width || root.key === key) return;
    root.key = key;
    start(root, key);
  });
  if (root.ready?.key === key) follow(root);
  else root.key = "";
  size.observe(root);
  return () => {
    root.ended = true;
    if (root.ready?.key !== key) root.key = "";
    size.disconnect();
    root.stop?.();
  };
}
