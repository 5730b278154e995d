// Shows the answer of one model, or of several side by side: ten bars each, and the image that the
// network sees. Called by Streamlit at mount and at every change of `data`; elements stay as long as
// models and classes do. With `data.live` the answer follows the drawing on the pad, frame by frame;
// without it, or where that cannot be loaded, the answer is the server's.
const PAUSE = 800; // milliseconds after pen up until a drawing counts as finished

const load = (base, ...names) =>
  Promise.all(names.map((name) => import(`${location.origin}${base}/${name}.js`)));

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// Text nodes stay: a new one would let Streamlit's tabs look through all they hold, at each frame.
function setText(place, text) {
  if (place.firstChild?.nodeType !== Node.TEXT_NODE) place.textContent = text;
  else if (place.firstChild.data !== text) place.firstChild.data = text;
}

function bar(name) {
  const item = element("li");
  const track = element("span", "lab-track");
  track.setAttribute("aria-hidden", "true");
  track.append(element("i"));
  item.append(element("span", "", name), track, element("span"));
  return item;
}

function card(data) {
  const made = element("article", "lab-model");
  const answer = element("p", "lab-answer");
  const bars = element("ol", "lab-bars");
  if (data.single) Object.assign(answer, { role: "status", ariaLive: "polite" });
  answer.append(element("b"), element("small"));
  bars.append(...data.names.map(bar));
  made.append(element("h3"), answer, bars);
  return made;
}

function show(place, model, data) {
  const [title, answer, bars] = place.children;
  const best = data.names.indexOf(model.answer);
  place.dataset.dissent = String(model.dissent);
  setText(title, model.title);
  title.hidden = !model.title;
  answer.dataset.answer = model.answer;
  answer.dataset.drawn = String(Number(answer.dataset.drawn ?? 0) + 1);
  answer.style.setProperty("--lab-class", data.colours[best] ?? "transparent");
  setText(answer.firstChild, model.answer);
  setText(answer.lastChild, model.status);
  bars.setAttribute("aria-label", model.title ? `${data.label}: ${model.title}` : data.label);
  [...bars.children].forEach((item, i) => {
    const probability = model.probabilities[i];
    const filled = item.children[1].firstChild;
    filled.style.width = `${100 * (probability ?? 0)}%`;
    filled.style.background = data.colours[i];
    setText(item.lastChild, probability === undefined ? "" : `${(100 * probability).toFixed(1)} %`);
    item.dataset.best = String(i === best);
  });
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// The cards of all models, and the sentence that says which of them agree, as model_panel.py has them.
function compare(probabilities, data, { indexOfLargest, percent }) {
  const { names, words } = data;
  const votes = probabilities.map((p) => p && names[indexOfLargest(p)]);
  const counts = new Map();
  for (const vote of votes) if (vote) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  const ranked = [...counts].sort((a, b) => b[1] - a[1]);
  const majority = ranked.length && 2 * ranked[0][1] > votes.length ? ranked[0][0] : null;
  const cards = probabilities.map((p, i) => ({
    title: data.models[i].title,
    answer: votes[i] ?? "",
    status: p ? fill(words.status, { percent: percent(Math.max(...p)) }) : words.hint,
    probabilities: p ?? [],
    dissent: majority !== null && votes[i] !== majority,
  }));
  if (data.single || !votes.length) return { cards, summary: data.summary };
  if (!ranked.length) return { cards, summary: words.blank };
  if (votes.length === 1) return { cards, summary: fill(words.one, { name: majority }) };
  if (majority === null) {
    const listed = ranked.map(([name, n]) => `${name} (${n})`).join(", ");
    return { cards, summary: fill(words.split, { counts: listed }) };
  }
  if (ranked.length === 1) {
    return { cards, summary: fill(words.all, { n: votes.length, name: majority }) };
  }
  const others = cards
    .filter(({ dissent }) => dissent)
    .map(({ title, answer }) => fill(words.other, { model: title, name: answer }));
  const values = { n: ranked[0][1], all: votes.length, name: majority, others: others.join("; ") };
  return { cards, summary: fill(words.most, values) };
}

function render(root, cards, summary) {
  const { data } = root;
  setText(root.children[0], summary);
  cards.forEach((model, i) => show(root.children[1].children[i], model, data));
}

// What the server answered.
function showAnswered(root) {
  const { data } = root;
  const [image, canvas] = root.children[2].children;
  render(root, data.models, data.summary);
  root.dataset.live = "false";
  root.children[2].hidden = !data.image;
  if (data.image) image.src = data.image;
  [image.hidden, canvas.hidden] = [false, true];
}

// True if a finished drawing is taken for no digit. While more may be drawn it is not asked, for a
// half drawn digit is none; nor while a preparation step is off.
function isDoubted(root, { drawing, models, likeness }, { down, off, version }, pixels) {
  clearTimeout(root.timer);
  if (!likeness || !pixels || down || off.length) return false;
  if (models.answer(likeness, pixels)[0] >= 0.5) return false;
  if (root.finished === version) return true;
  const look = () => {
    root.finished = version;
    showDrawing(root, root.ready, drawing.current());
  };
  root.timer = setTimeout(look, PAUSE);
  return false;
}

// What the models say to the drawing as it is now. Bars that the page hides compute nothing.
function showDrawing(root, ready, now) {
  const { drawing, models, bars, reader, layers, epoch } = ready;
  const { data } = root;
  if (root.isHidden) return;
  const [image, canvas] = root.children[2].children;
  const pixels = drawing.stages()?.centred ?? null;
  const all = layers.map((each) => each && pixels && models.answer(each, pixels));
  const { cards, summary } = compare(all, data, bars);
  const digits = data.single && pixels ? reader.countDigits(now.strokes) : 1;
  const isUnlike = isDoubted(root, ready, now, pixels);
  if (digits > 1) Object.assign(cards[0], { answer: "?", status: fill(data.words.several, { n: digits }) });
  else if (isUnlike) Object.assign(cards[0], { answer: "?", status: data.words.unlike });
  const at = epoch === null ? data.words.unlearned : fill(data.words.learned, { epoch: epoch.toFixed(1) });
  root.dataset.live = "true";
  for (const place of root.querySelectorAll("[role=status]")) place.ariaBusy = String(now.down);
  render(root, cards, data.learns ? at : summary);
  root.children[2].hidden = !data.single;
  if (data.single) bars.paint(canvas, pixels);
  [image.hidden, canvas.hidden] = [true, false];
}

function follow(root) {
  const { ready } = root;
  root.isHidden = !root.checkVisibility();
  const ends = [ready.drawing.watch((drawing) => showDrawing(root, ready, drawing))];
  root.data.live.models.forEach((model, i) => {
    if (!model.topic) return;
    const learned = (layers, { epoch }) => {
      [ready.layers[i], ready.epoch] = [layers, epoch];
      showDrawing(root, ready, ready.drawing.current());
    };
    ends.push(ready.models.follow(model, learned));
  });
  // To ask the page whether it is hidden would make it lay itself out at each move of the pen.
  const size = new ResizeObserver(([{ contentRect }]) => {
    const wasHidden = root.isHidden;
    root.isHidden = contentRect.width === 0;
    if (wasHidden && !root.isHidden) showDrawing(root, ready, ready.drawing.current());
  });
  size.observe(root);
  ends.push(() => size.disconnect());
  ends.push(() => clearTimeout(root.timer));
  root.stop = () => ends.forEach((end) => end());
}

// The bars do not wait for it, and do without it.
function loadLikeness(root, ready, model) {
  const found = (likeness) => {
    ready.likeness = likeness;
    if (root.ready === ready && !root.ended) showDrawing(root, ready, ready.drawing.current());
  };
  ready.models.load(model).then(found, () => {});
}

function start(root, key) {
  const { modules, models: wanted } = root.data.live;
  const mine = () => root.key === key && !root.ended;
  load(modules, "drawing", "models", "bars", "reader")
    .then(async ([drawing, models, bars, reader]) => {
      root.drawing = drawing;
      // Of a network that trains nothing is known before its first weights arrive.
      const layers = await Promise.all(wanted.map((each) => (each.topic ? null : models.load(each))));
      if (!mine()) return;
      root.ready = { key, drawing, models, bars, reader, layers, epoch: null, likeness: null };
      follow(root);
      if (wanted[0]?.likeness) loadLikeness(root, root.ready, wanted[0].likeness);
    })
    .catch(() => {
      if (!mine()) return;
      root.children[3].textContent = root.data.words.fallback;
      root.drawing?.needServer(root, true);
    });
}

export default function (component) {
  const root = component.parentElement.querySelector("section");
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const [, cards, figure, note] = root.children;
  const shape = JSON.stringify([data.names, data.models.length]);
  const key = JSON.stringify(data.live);
  root.className = data.single ? "lab-answers" : "lab-panel";
  if (cards.dataset.shape !== shape) {
    cards.replaceChildren(...data.models.map(() => card(data)));
    cards.dataset.shape = shape;
  }
  // A network that learns answers too often to be read aloud.
  for (const place of root.querySelectorAll("[role=status]")) place.ariaLive = data.learns ? "off" : "polite";
  figure.children[0].alt = figure.children[1].ariaLabel = figure.lastChild.textContent = data.caption;
  root.stop?.();
  Object.assign(root, { data, ended: false, stop: null });
  if (data.live && root.ready?.key === key) follow(root);
  else {
    showAnswered(root);
    if (root.key !== key || root.retry) {
      note.textContent = "";
      root.drawing?.needServer(root, false);
      root.retry = false;
      root.key = key;
      if (data.live) start(root, key);
    }
  }
  return () => {
    root.ended = true;
    root.retry = root.ready?.key !== key; // what was being loaded will be once more
    root.stop?.();
    root.drawing?.needServer(root, false);
  };
}
