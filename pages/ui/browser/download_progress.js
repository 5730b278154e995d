// @ts-check
// Shows how far the download of a data set is. Called by Streamlit at mount and at every change of
// `data`.

/** @param {string} text @param {Record<string, unknown>} values */
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/** @param {any} component */
export default function ({ parentElement, data: bytes }) {
  const { modules, topic, words } = JSON.parse(new TextDecoder().decode(bytes));
  const [text, bar] = parentElement.querySelector("label").children;
  let gone = false;
  let end = () => {};
  import(`${location.origin}${modules}/live.js`).then(({ subscribe }) => {
    if (gone) return;
    end = subscribe(topic, (/** @type {any} */ { value }) => {
      if (!value) return;
      const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
      text.textContent = fill(words.text, {
        file: value.file || words.connecting,
        done: megabytes(value.done),
        total: megabytes(value.total),
        seconds: value.seconds,
      });
      bar.value = value.total ? Math.min(1, value.done / value.total) : 0;
    });
  });
  return () => {
    gone = true;
    end();
  };
}
