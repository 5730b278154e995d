// The menu of a phone: a name for its button, and it closes after a choice. The page's language, and
// the switches of its display options.
const BUTTON = '[data-testid="stExpandSidebarButton"]';
const CLOSE = '[data-testid="stSidebarCollapseButton"] button';
const LINK = '[data-testid="stSidebarNavLink"]';
const YEAR = 365 * 24 * 3600; // seconds
let name = "";
let isTranslated = false;

function nameButton() {
  const button = document.querySelector(BUTTON);
  if (button) button.ariaLabel = name;
}

// Streamlit makes the button anew whenever the menu has closed or the window was narrow.
addEventListener("resize", nameButton);
document.addEventListener("click", ({ target }) => {
  if (target.closest(LINK)) document.querySelector(CLOSE)?.click();
  setTimeout(nameButton, 500);
});

// Another language loads the page anew: fields keep the words in which something was chosen.
function choose(language) {
  const url = new URL(location.href);
  url.searchParams.set("lang", language);
  location.assign(url);
}

/** Offer the languages; remember the current one in a cookie, for the next visit. */
function offer(select, { label, languages, language, percent, cookie }) {
  select.ariaLabel = label;
  const options = Object.entries(languages).map(([code, own]) => new Option(own, code));
  options.forEach((option) => (option.lang = option.value));
  select.replaceChildren(...options);
  select.value = language;
  select.onchange = () => choose(select.value);
  document.documentElement.lang = language;
  document.documentElement.dataset.percent = percent;
  document.cookie = `${cookie}=${language}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
}

/** Show the switches as the server has them; it is told what a person chooses. */
function offerSwitches(labels, switches, choose) {
  switches.forEach(([option, words, on], i) => {
    const [box, text] = labels[i].children;
    labels[i].dataset.option = option;
    text.textContent = words;
    box.checked = on;
    box.onchange = () => choose(option, box.checked);
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const values = JSON.parse(new TextDecoder().decode(data));
  name = values.name;
  document.documentElement.style.setProperty("--lab-menu", JSON.stringify(name));
  nameButton();
  offer(parentElement.querySelector("select"), values);
  offerSwitches(parentElement.querySelectorAll("label"), values.switches, setTriggerValue);
  if (isTranslated || !Object.keys(values.words).length) return; // English has none
  isTranslated = true;
  import(`${location.origin}${values.modules}/front_end_words.js`).then(({ useWords }) => useWords(values.words));
}
