// Shows one answer: the words, ten bars, and what the network sees. Called by Streamlit at mount and
// at every change of `data`; it changes the elements that are there, so bars glide to their values.
function row(name) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  const track = document.createElement("span");
  const bar = document.createElement("i");
  const share = document.createElement("span");
  label.textContent = name;
  track.className = "lab-track";
  track.setAttribute("aria-hidden", "true");
  track.append(bar);
  item.append(label, track, share);
  return item;
}

export default function (component) {
  const { parentElement } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const [words, told, bars] = ["p", "small", "ol"].map((tag) => parentElement.querySelector(tag));
  const figure = parentElement.querySelector("figure");
  const names = data.names.join("\n");
  if (bars.dataset.names !== names) {
    bars.replaceChildren(...data.names.map(row));
    bars.dataset.names = names;
    bars.setAttribute("aria-label", data.label);
  }
  words.dataset.answer = data.answer;
  words.dataset.drawn = String(Number(words.dataset.drawn ?? 0) + 1);
  words.querySelector("b").textContent = data.answer;
  words.style.setProperty("--lab-class", data.colour);
  told.textContent = data.status;
  [...bars.children].forEach((item, i) => {
    const bar = item.querySelector("i");
    bar.style.width = `${100 * data.probabilities[i]}%`;
    bar.style.background = data.colours[i];
    item.lastChild.textContent = data.percents[i];
    item.dataset.best = String(data.names[i] === data.answer);
  });
  figure.hidden = !data.seen;
  if (data.seen) figure.querySelector("img").src = data.seen;
  figure.querySelector("img").alt = data.caption;
  figure.querySelector("figcaption").textContent = data.caption;
}
