// Shows the answer of one model, or of several side by side: ten bars each, and the image that the
// network sees. Called by Streamlit at mount and at every change of `data`; elements stay as long as
// models and classes do, so bars glide to their values.
function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
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
  title.textContent = model.title;
  title.hidden = !model.title;
  answer.dataset.answer = model.answer;
  answer.dataset.drawn = String(Number(answer.dataset.drawn ?? 0) + 1);
  answer.style.setProperty("--lab-class", data.colours[best] ?? "transparent");
  answer.firstChild.textContent = model.answer;
  answer.lastChild.textContent = model.status;
  bars.setAttribute("aria-label", model.title ? `${data.label}: ${model.title}` : data.label);
  [...bars.children].forEach((item, i) => {
    const probability = model.probabilities[i];
    const filled = item.querySelector("i");
    filled.style.width = `${100 * (probability ?? 0)}%`;
    filled.style.background = data.colours[i];
    item.lastChild.textContent = probability === undefined ? "" : `${(100 * probability).toFixed(1)} %`;
    item.dataset.best = String(i === best);
  });
}

export default function (component) {
  const root = component.parentElement.querySelector("section");
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const [summary, cards, figure] = root.children;
  const shape = JSON.stringify([data.names, data.models.length]);
  root.className = data.single ? "lab-answers" : "lab-panel";
  if (cards.dataset.shape !== shape) {
    cards.replaceChildren(...data.models.map(() => card(data)));
    cards.dataset.shape = shape;
  }
  summary.textContent = data.summary;
  data.models.forEach((model, i) => show(cards.children[i], model, data));
  figure.hidden = !data.image;
  if (data.image) figure.firstChild.src = data.image;
  figure.firstChild.alt = figure.lastChild.textContent = data.caption;
}
