// @ts-check
// Draws a network and what flows through it: the drawing on the pad, or an image that the script
// gives. Called by Streamlit at mount and at every change of `data`.
/** @param {any} component */
export default function (component) {
  const root = component.parentElement.querySelector(".lab-network");
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const { model, words } = data;
  const key = JSON.stringify([model.layers, data.names, words]);
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  let gone = false;
  /** @type {(() => void)[]} */
  const ends = [];
  root.end = () => {
    gone = true;
    ends.splice(0).forEach((end) => end());
  };
  const load = (/** @type {string} */ name) => import(`${location.origin}${data.modules}/${name}.js`);
  const decoded = (/** @type {string} */ text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

  /** @param {{layer: number, unit: number}} place */
  async function exciting({ layer, unit }) {
    const address = `${root.exciting}/exciting/${layer}/${unit}.json`;
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const images = await answer.json();
    return images.map((/** @type {any} */ { pixels, label, activation }) => ({
      pixels: decoded(pixels), label: data.names[label], activation,
    }));
  }

  Promise.all(["network_view", "drawing", "models", "text"].map(load))
    .then(([{ makeView }, drawing, models, { fill }]) => {
      if (gone) return;
      root.exciting = model.url?.replace(/\.bin$/, "");
      if (root.view?.key !== key) {
        root.view?.end();
        const ask = (/** @type {any} */ place) => (root.exciting ? exciting(place) : null);
        root.view = Object.assign(makeView(root, { ...data, layers: model.layers }, ask), { key });
      }
      const { view } = root;
      const given = data.image ? decoded(data.image) : null;
      let version = -1;
      const show = (/** @type {any} */ now) => {
        if (view.hasChoice() && version === now.version) return;
        if (version >= 0) view.dropChoice();
        version = now.version;
        view.setPixels(given ?? drawing.stages()?.centred ?? null);
      };
      view.onChoice((/** @type {any} */ image) => {
        if (image) view.setPixels(image.pixels, true);
        else view.setPixels(given ?? drawing.stages()?.centred ?? null, true);
      });
      if (given) view.setPixels(given, true);
      else ends.push(drawing.watch(show));
      if (!model.topic) {
        return models.load(model).then((/** @type {any} */ layers) => {
          if (gone) return;
          view.setCaption(words.finished);
          view.setLayers(layers);
        });
      }
      view.setCaption(words.unlearned);
      const learned = (/** @type {any} */ layers, /** @type {any} */ { epoch }) => {
        view.setCaption(fill(words.learned, { epoch: epoch.toFixed(2) }));
        view.setLayers(layers);
      };
      ends.push(models.follow(model, learned));
    })
    .catch(() => {
      if (gone) return;
      if (root.view) root.view.setCaption(words.failed);
      else root.textContent = words.failed;
    });
  return () => {
    root.end();
    root.view?.end();
    root.view = null;
  };
}
