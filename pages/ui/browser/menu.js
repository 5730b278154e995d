// The menu of a phone: a name for its button, and it closes after a choice.
const BUTTON = '[data-testid="stExpandSidebarButton"]';
const CLOSE = '[data-testid="stSidebarCollapseButton"] button';
const LINK = '[data-testid="stSidebarNavLink"]';
let name = "";

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

export default function ({ data }) {
  name = JSON.parse(new TextDecoder().decode(data)).name;
  document.documentElement.style.setProperty("--lab-menu", JSON.stringify(name));
  nameButton();
}
