// @ts-check
// Shows what one training step did: its images with their losses, gradient and change of a unit's
// weights. Called by Streamlit at mount and at every change of `data`.
const SIDE = 28;
const [RAISED, LOWERED] = [[63, 144, 218], [231, 99, 0]]; // blue and orange, as everywhere

/** @param {string} tag @param {string} [className] @param {string} [text] */
function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/**
 * Paint numbers as a picture: blue above zero, orange below, by the largest of them.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values  784 of the first layer, else one for each unit before
 */
function paintSigned(canvas, values) {
  const width = values.length === SIDE * SIDE ? SIDE : Math.ceil(Math.sqrt(values.length));
  canvas.width = width;
  canvas.height = Math.ceil(values.length / width);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(canvas.width, canvas.height);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  values.forEach((value, i) => {
    image.data.set(value > 0 ? RAISED : LOWERED, 4 * i);
    image.data[4 * i + 3] = Math.round((255 * Math.abs(value)) / largest);
  });
  pen.putImageData(image, 0, 0);
  return largest;
}

/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector(".lab-batch");
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  const { words, names } = data;
  const [summary, images, chooser, pictures] = root.children;
  let gone = false;
  let stop = () => {};
  let shown = 0; // batches of the record
  root.place ??= { layer: 0, unit: 0 };
  const load = (/** @type {string} */ name) => import(`${location.origin}${data.modules}/${name}.js`);

  Promise.all(["run_record", "batch_report", "bars", "text"].map(load)).then(
    ([records, reports, { paint }, { fill }]) => {
      if (gone) return;
      const figure = (/** @type {number} */ value) => value.toPrecision(3);

      /** @param {any} report */
      const show = (report) => {
        const { head, array } = report;
        root.hidden = false;
        summary.textContent = fill(words.summary, {
          step: head.step,
          before: head.loss.toFixed(4),
          after: head.loss_after.toFixed(4),
          rate: Number(head.learning_rate.toPrecision(6)),
        });
        const [pixels, labels] = [array("image"), array("label")];
        const [before, after] = [array("loss"), array("loss_after")];
        images.replaceChildren(
          ...[...labels].map((label, i) => {
            const item = element("figure");
            const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
            canvas.width = canvas.height = SIDE;
            paint(canvas, pixels.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE));
            const text = fill(words.image, {
              name: names[label],
              before: before[i].toFixed(3),
              after: after[i].toFixed(3),
            });
            canvas.role = "img";
            canvas.ariaLabel = item.title = text;
            const caption = element("figcaption", "", before[i].toFixed(2));
            caption.dataset.better = String(after[i] < before[i]);
            item.append(canvas, caption);
            return item;
          }),
        );
        choose(report);
      };

      /** @param {any} report */
      const choose = (report) => {
        const count = reports.layerCount(report.head);
        const layers = Array.from({ length: count }, (_each, layer) =>
          layer < count - 1 ? fill(words.hidden, { n: layer + 1 }) : words.outputs,
        );
        root.place.layer = Math.min(root.place.layer, count - 1);
        const units = report.head.arrays[`gradient_kernel_${root.place.layer}`].shape[0];
        root.place.unit = Math.min(root.place.unit, units - 1);
        const isOutput = root.place.layer === count - 1;
        const [layerSelect, unitSelect] = [select(words.layer), select(words.unit)];
        layers.forEach((name, i) => layerSelect.add(new Option(name, String(i))));
        for (let i = 0; i < units; i++) {
          unitSelect.add(new Option(isOutput ? names[i] : String(i + 1), String(i)));
        }
        layerSelect.value = String(root.place.layer);
        unitSelect.value = String(root.place.unit);
        layerSelect.onchange = () => {
          root.place = { layer: Number(layerSelect.value), unit: 0 };
          choose(report);
        };
        unitSelect.onchange = () => {
          root.place.unit = Number(unitSelect.value);
          showUnit(report);
        };
        chooser.replaceChildren(layerSelect, unitSelect);
        showUnit(report);
      };

      /** @param {string} label */
      const select = (label) => {
        const made = document.createElement("select");
        made.ariaLabel = label;
        return made;
      };

      /** @param {any} report */
      const showUnit = (report) => {
        const { gradient, change } = reports.unitOf(report, root.place.layer, root.place.unit);
        const parts = /** @type {[string, Float32Array][]} */ ([
          [words.gradient, gradient],
          [words.change, change],
        ]);
        pictures.replaceChildren(
          ...parts.map(([title, values]) => {
            const item = element("figure");
            const canvas = /** @type {HTMLCanvasElement} */ (element("canvas"));
            const largest = paintSigned(canvas, values);
            canvas.role = "img";
            canvas.ariaLabel = title;
            item.append(canvas, element("figcaption", "", fill(title, { most: figure(largest) })));
            return item;
          }),
        );
      };

      stop = records.follow(data.run, async (/** @type {any} */ { batches }) => {
        if (batches === shown) return;
        shown = batches;
        const answer = await fetch(data.url).catch(() => null);
        if (gone || !answer?.ok) return;
        const content = await answer.arrayBuffer();
        if (!gone && content.byteLength) show(reports.readReport(content));
      });
    },
  );
  root.end = () => {
    gone = true;
    stop();
  };
  return root.end;
}
