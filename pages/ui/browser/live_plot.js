// @ts-check
// Draws one Plotly figure in place. Called by Streamlit at mount and at every change of `data`.

/** @param {any} component */
export default function ({ parentElement, setTriggerValue, data }) {
  const [spec, look] = JSON.parse(new TextDecoder().decode(data));
  const host = parentElement.querySelector(".lab-live-plot");
  let gone = false;
  const onClick = look.clickable
    ? (/** @type {any} */ place) => setTriggerValue("clicked", place)
    : undefined;
  import(`${location.origin}${look.modules}/plot.js`).then(({ draw }) => {
    if (!gone) draw(host, spec, look, { onClick, isWanted: () => !gone });
  });
  return () => {
    gone = true;
  };
}
