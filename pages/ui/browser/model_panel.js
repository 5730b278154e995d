// Shows several models' answers side by side. Called by Streamlit at mount and at every change of
// `data`; cards and bars stay as long as the number of models and the classes do.
function element(tag, className = "") {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function bar(name, colour) {
  const item = element("li");
  const label = element("span");
  const track = element("span", "lab-track");
  const filled = element("i");
  label.textContent = name;
  track.setAttribute("aria-hidden", "true");
  filled.style.background = colour;
  track.append(filled);
  item.append(label, track, element("span"));
  return item;
}

function card(data) {
  const made = element("article", "lab-model");
  const answer = element("p", "lab-answer");
  answer.append(element("b"), element("small"));
  const bars = element("ol", "lab-bars");
  bars.append(...data.names.map((name, i) => bar(name, data.colours[i])));
  made.append(element("h3"), answer, bars);
  return made;
}

export default function (component) {
  const { parentElement } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const told = parentElement.querySelector(".lab-consensus");
  const cards = parentElement.querySelector(".lab-models");
  const shape = `${data.names.join("\n")}\n${data.models.length}`;
  if (cards.dataset.shape !== shape) {
    cards.replaceChildren(...data.models.map(() => card(data)));
    cards.dataset.shape = shape;
  }
  told.textContent = data.status;
  told.dataset.drawn = String(Number(told.dataset.drawn ?? 0) + 1);
  [...cards.children].forEach((place, i) => {
    const model = data.models[i];
    place.dataset.dissent = String(model.dissent);
    place.querySelector("h3").textContent = model.title;
    const answer = place.querySelector(".lab-answer");
    answer.dataset.answer = model.answer;
    answer.style.setProperty("--lab-class", model.colour);
    answer.querySelector("b").textContent = model.answer;
    answer.querySelector("small").textContent = model.status;
    const bars = place.querySelector("ol");
    bars.setAttribute("aria-label", `${data.label}: ${model.title}`);
    [...bars.children].forEach((item, j) => {
      item.querySelector("i").style.width = `${100 * model.probabilities[j]}%`;
      item.lastChild.textContent = model.percents[j];
      item.dataset.best = String(data.names[j] === model.answer);
    });
  });
}
