// @ts-check
// Shows how far the download of a data set is. Called by Streamlit at mount and at every change of
// `data`.

/** @param {any} component */
export default function ({ parentElement, data: bytes }) {
  const { modules, topic, words } = JSON.parse(new TextDecoder().decode(bytes));
  const root = parentElement.querySelector("label");
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  const [text, bar] = root.children;
  let gone = false;
  let end = () => {};
  const load = (/** @type {string} */ name) => import(`${location.origin}${modules}/${name}.js`);
  Promise.all(["live", "text"].map(load)).then(([{ subscribe }, { fill }]) => {
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
  root.end = () => {
    gone = true;
    end();
  };
  return root.end;
}
