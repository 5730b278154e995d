// @ts-check
/** Ten bars with names and percentages, and 28x28 pictures. DOM only; knows no network. */

/** 0.9776 -> "97.8 %" @param {number} probability */
export const percent = (probability) =>
  (100 * probability).toFixed(1) + (document.documentElement.dataset.percent ?? " %");

/**
 * Fill a list (`<ol class="lab-bars">`) with one bar for each class.
 *
 * @param {HTMLElement} list
 * @param {ReadonlyArray<string>} names
 * @param {ReadonlyArray<string>} colours  CSS, one for each class
 */
export function makeBars(list, names, colours) {
  list.replaceChildren(
    ...names.map((name, index) => {
      const item = document.createElement("li");
      const [label, track, bar, value] = ["span", "span", "i", "span"].map((tag) =>
        document.createElement(tag),
      );
      label.textContent = name;
      track.className = "lab-track";
      track.setAttribute("aria-hidden", "true");
      bar.style.background = colours[index];
      track.append(bar);
      item.append(label, track, value);
      return item;
    }),
  );
}

/**
 * Show probabilities; null empties the bars.
 *
 * @param {HTMLElement} list  filled by `makeBars`
 * @param {ArrayLike<number> | null} probabilities
 * @returns {number}  the index of the largest, -1 for none
 */
export function showBars(list, probabilities) {
  const best = probabilities ? indexOfLargest(probabilities) : -1;
  [...list.children].forEach((item, index) => {
    const value = probabilities ? probabilities[index] : 0;
    const bar = /** @type {HTMLElement} */ (item.querySelector("i"));
    bar.style.width = `${100 * value}%`;
    /** @type {Element} */ (item.lastElementChild).textContent = probabilities ? percent(value) : "";
    /** @type {HTMLElement} */ (item).dataset.best = String(index === best);
  });
  return best;
}

/** @param {ArrayLike<number>} values */
export function indexOfLargest(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * Paint a grey picture, white on black.
 *
 * @param {HTMLCanvasElement} canvas  of the picture's size
 * @param {Uint8Array | null} pixels  row by row; null is black
 */
export function paint(canvas, pixels) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i++) {
    image.data.fill(pixels ? pixels[i] : 0, 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}
