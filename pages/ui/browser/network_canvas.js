// @ts-check
/** Paints a network's picture on a canvas. Knows places and numbers, no events. */

import { indexOfLargest, percent } from "./bars.js";
import { finite, largest, signedPixels, weightsInto } from "./network_numbers.js";

/** @typedef {import("./reader.js").Layer} Layer */
/** @typedef {import("./network_numbers.js").Flow} Flow */
/** @typedef {import("./network_layout.js").Layout} Layout */
/** @typedef {import("./network_layout.js").Box} Box */
/**
 * @typedef {{layer: number, unit: number}} Place  `layer` counts from 0; the last are the outputs
 * @typedef {{layout: Layout, layers: ReadonlyArray<Layer> | null, pixels: Uint8Array | null,
 *   flow: Flow | null, shown: ReadonlyArray<ReadonlyArray<number>>, scale: number,
 *   marked: Place | null, chosen: Place | null, reveal: number, names: ReadonlyArray<string>,
 *   classColours: ReadonlyArray<string>, titles: {input: string[], layers: string[][],
 *   outputs: string[]}}} Scene
 *   `shown` units of each hidden layer; `scale` of the templates' colours; `marked` shows its
 *   connections alone, `chosen` has a frame; `reveal` from 0 to 1 is how far the picture has come.
 */

export const POSITIVE = "#3f90da";
export const NEGATIVE = "#e76300";
export const SIGNS = { positive: [0x3f, 0x90, 0xda], negative: [0xe7, 0x63, 0x00] };
const MOST_LINES = 64; // between two layers
const FAINTEST = 0.1; // of the strongest line: fainter ones are not drawn
const STILL = 0.6; // of a line's colour while there is no picture
const SIDE = 28;

/** @param {HTMLElement} host  whose theme it takes */
export function colours(host) {
  const style = getComputedStyle(host);
  const text = style.getPropertyValue("--st-text-color").trim() || style.color;
  const paper = style.getPropertyValue("--st-background-color").trim() || "Canvas";
  const accent = style.getPropertyValue("--st-primary-color").trim() || text;
  return { text, paper, accent, font: style.fontFamily };
}

/**
 * A painter keeps templates as pictures of the canvas's own resolution, until weights, places or
 * units change.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function makePainter(canvas) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const small = picture(SIDE, SIDE);
  const input = picture(SIDE, SIDE);
  const tiles = picture(1, 1);
  /** @type {{layers: unknown, units: unknown, side: number}} */
  let painted = { layers: null, units: null, side: 0 };
  /** @type {Uint8Array | null | undefined} */
  let paintedInput;

  /** @param {Scene} scene @param {number} density */
  function paintTiles({ layout, layers, shown, scale }, density) {
    const boxes = layout.columns[0].units;
    const side = Math.round(boxes[0].width * density);
    const units = layout.isRegression ? null : shown[0];
    const isSame = painted.layers === layers && painted.units === units && painted.side === side;
    if (!layers || isSame) return side;
    painted = { layers, units, side };
    if (tiles.canvas.width !== side * boxes.length || tiles.canvas.height !== side) {
      [tiles.canvas.width, tiles.canvas.height] = [side * boxes.length, side];
    } else tiles.clearRect(0, 0, tiles.canvas.width, side);
    tiles.imageSmoothingQuality = "high";
    const pixels = small.createImageData(SIDE, SIDE);
    boxes.forEach((_, at) => {
      signedPixels(weightsInto(layers[0], units ? units[at] : at), scale, SIGNS, pixels.data);
      small.putImageData(pixels, 0, 0);
      tiles.drawImage(small.canvas, at * side, 0, side, side);
    });
    return side;
  }

  /** @param {Uint8Array | null} pixels */
  function paintInput(pixels) {
    if (pixels === paintedInput) return;
    paintedInput = pixels;
    const image = input.createImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      image.data.fill(pixels ? pixels[i] : 0, 4 * i, 4 * i + 3);
      image.data[4 * i + 3] = 255;
    }
    input.putImageData(image, 0, 0);
  }

  /**
   * @param {Scene} scene
   * @param {ReturnType<typeof colours>} look
   * @param {number} density  device pixels in a CSS pixel
   */
  function paint(scene, look, density) {
    const { layout } = scene;
    const [width, height] = [layout.width, layout.height].map((n) => Math.round(n * density));
    if (canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
    }
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, layout.width, layout.height);
    pen.globalAlpha = 1;
    const side = paintTiles(scene, density);
    paintInput(scene.pixels);
    paintLines(pen, scene);
    const { x, y, width: w, height: h } = layout.input;
    pen.imageSmoothingEnabled = false;
    pen.drawImage(input.canvas, x, y, w, h);
    pen.imageSmoothingEnabled = true;
    frame(pen, layout.input, look.text, 0.3, 1);
    layout.columns.forEach((column, layer) => {
      const values = column.kind === "template" && layout.isRegression ? null : unitValues(scene, layer);
      const seen = revealed(scene, layer);
      column.units.forEach((box, at) => {
        const unit = layout.isRegression ? at : scene.shown[layer]?.[at];
        const value = values && unit !== undefined ? values.value(unit) : 0;
        const strength = seen * Math.min(1, Math.abs(value));
        const isFaded = Boolean(values) && Boolean(scene.flow) && seen === 1 && value === 0;
        if (column.kind === "template") {
          paintTile(pen, box, scene.layers && { canvas: tiles.canvas, at: at * side, side }, look);
          if (isFaded) fade(pen, box, look.paper);
          if (values) meter(pen, box, strength, value, look);
        } else paintDot(pen, box, strength, value, look);
        const isChosen = scene.chosen?.layer === layer && scene.chosen.unit === unit;
        if (isChosen) frame(pen, box, look.accent, 1, 3, column.kind);
      });
    });
    paintOutputs(pen, scene, look);
    paintTitles(pen, scene, look);
  }

  return { paint };
}

/** @param {number} width @param {number} height */
function picture(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/** How far the picture has come to a layer, 0 to 1. @param {Scene} scene @param {number} layer */
function revealed({ reveal, layout }, layer) {
  const steps = layout.columns.length + 1;
  return Math.min(1, Math.max(0, reveal * steps - layer));
}

/** Activations of a layer by the largest one that is shown. @param {Scene} scene @param {number} layer */
function unitValues({ flow, shown }, layer) {
  const output = flow?.outputs[layer];
  const units = shown[layer] ?? [];
  const most = output ? units.reduce((max, unit) => Math.max(max, Math.abs(finite(output[unit]))), 0) : 0;
  return { value: (/** @type {number} */ unit) => (output && most ? finite(output[unit]) / most : 0) };
}

/**
 * @typedef {{from: number[], to: number[], value: number, isMarked: boolean}} Line
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function paintLines(pen, scene) {
  const { layout, layers, flow, shown, marked } = scene;
  if (!layers) return;
  const { columns, isUpright, isRegression, outputs } = layout;
  columns.forEach((column, layer) => {
    const seen = revealed(scene, layer);
    if (layer === 0) {
      const values = isRegression ? null : unitValues(scene, 0);
      const lines = column.units.map((box, at) => {
        const unit = isRegression ? at : shown[0][at];
        return {
          ...inputLine(layout, box, at),
          value: values ? values.value(unit) : score(scene, at),
          isMarked: marked?.layer === 0 && marked.unit === unit,
        };
      });
      strokeLines(pen, lines, isUpright, seen, marked !== null);
    }
    if (isRegression) return;
    const isLast = layer === columns.length - 1;
    const next = layers[layer + 1];
    const output = flow?.outputs[layer];
    const after = isLast ? outputs.map(({ place }) => place) : columns[layer + 1].units;
    /** @type {Line[]} */
    const lines = [];
    column.units.forEach((box, at) => {
      const unit = shown[layer][at];
      const factor = output ? output[unit] : 1;
      if (!factor) return;
      after.forEach((target, to) => {
        const other = isLast ? to : shown[layer + 1][to];
        lines.push({
          from: leave(box, isUpright, 0.5),
          to: enter(target, isUpright),
          value: finite(factor * next.kernel[unit * next.units + other]),
          isMarked:
            (marked?.layer === layer && marked.unit === unit) ||
            (marked?.layer === layer + 1 && marked.unit === other),
        });
      });
    });
    const alpha = flow ? revealed(scene, layer + 1) : STILL;
    strokeLines(pen, lines, isUpright, alpha, marked !== null);
  });
}

/** From the input to one of the first units. @param {Layout} layout @param {Box} box @param {number} at */
function inputLine({ input, columns, isUpright, isRegression }, box, at) {
  const count = columns[0].units.length;
  if (!isRegression) {
    return { from: leave(input, isUpright, (at + 0.5) / count), to: enter(box, isUpright) };
  }
  const rows = Math.ceil(count / 2);
  const y = input.y + (((at % rows) + 0.5) / rows) * input.height;
  const middle = box.y + box.height / 2;
  return at < rows
    ? { from: [input.x, y], to: [box.x + box.width, middle] }
    : { from: [input.x + input.width, y], to: [box.x, middle] };
}

/** A class's score by the largest one. @param {Scene} scene @param {number} unit */
function score({ flow }, unit) {
  if (!flow) return 0;
  const scores = flow.outputs[flow.outputs.length - 1];
  const most = scores.reduce((max, each) => Math.max(max, Math.abs(finite(each))), 0);
  return most ? finite(scores[unit]) / most : 0;
}

/** @param {Box} box @param {boolean} isUpright @param {number} part */
const leave = ({ x, y, width, height }, isUpright, part) =>
  isUpright ? [x + part * width, y + height] : [x + width, y + part * height];

/** @param {Box} box @param {boolean} isUpright */
const enter = ({ x, y, width, height }, isUpright) =>
  isUpright ? [x + width / 2, y] : [x, y + height / 2];

/**
 * @param {CanvasRenderingContext2D} pen @param {Line[]} lines @param {boolean} isUpright
 * @param {number} seen @param {boolean} hasMarked
 */
function strokeLines(pen, lines, isUpright, seen, hasMarked) {
  if (!seen) return;
  for (const isMarked of hasMarked ? [false, true] : [false]) {
    const drawn = hasMarked ? lines.filter((line) => line.isMarked === isMarked) : lines;
    const most = drawn.reduce((max, { value }) => Math.max(max, Math.abs(value)), 0);
    if (!most) continue;
    const faint = hasMarked && !isMarked ? 0.25 : 1;
    const sizes = drawn.map(({ value }) => Math.abs(value));
    for (const at of largest(sizes, MOST_LINES).reverse()) {
      const strength = sizes[at] / most;
      if (strength < FAINTEST) continue;
      const { from, to, value } = drawn[at];
      const bend = (isUpright ? to[1] - from[1] : to[0] - from[0]) / 2;
      const [dx, dy] = isUpright ? [0, bend] : [bend, 0];
      pen.strokeStyle = value > 0 ? POSITIVE : NEGATIVE;
      pen.globalAlpha = seen * faint * (0.12 + 0.75 * strength ** 1.5);
      pen.lineWidth = 0.8 + 2.4 * strength;
      pen.beginPath(); // of its own: Chromium paints many short paths sooner than one long path
      pen.moveTo(from[0], from[1]);
      pen.bezierCurveTo(from[0] + dx, from[1] + dy, to[0] - dx, to[1] - dy, to[0], to[1]);
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} pen @param {Box} box
 * @param {{canvas: HTMLCanvasElement, at: number, side: number} | null} tile
 * @param {ReturnType<typeof colours>} look
 */
function paintTile(pen, box, tile, look) {
  const { x, y, width, height } = box;
  pen.fillStyle = look.paper;
  pen.fillRect(x, y, width, height);
  if (tile) pen.drawImage(tile.canvas, tile.at, 0, tile.side, tile.side, x, y, width, height);
  frame(pen, box, look.text, 0.28, 1);
}

/** @param {CanvasRenderingContext2D} pen @param {Box} box @param {string} paper */
function fade(pen, { x, y, width, height }, paper) {
  pen.globalAlpha = 0.5;
  pen.fillStyle = paper;
  pen.fillRect(x, y, width, height);
  pen.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} pen @param {Box} box @param {number} strength
 * @param {number} value @param {ReturnType<typeof colours>} look
 */
function meter(pen, { x, y, width, height }, strength, value, look) {
  const left = x + width + 2;
  pen.fillStyle = look.paper;
  pen.fillRect(left, y, 5, height);
  pen.globalAlpha = 0.14;
  pen.fillStyle = look.text;
  pen.fillRect(left, y, 5, height);
  pen.globalAlpha = 1;
  pen.fillStyle = value < 0 ? NEGATIVE : POSITIVE;
  pen.fillRect(left, y + height * (1 - strength), 5, height * strength);
}

/**
 * @param {CanvasRenderingContext2D} pen @param {Box} box @param {number} strength
 * @param {number} value @param {ReturnType<typeof colours>} look
 */
function paintDot(pen, { x, y, width }, strength, value, look) {
  const radius = width / 2;
  const disc = () => {
    pen.beginPath();
    pen.arc(x + radius, y + radius, radius - 1, 0, 2 * Math.PI);
  };
  disc();
  pen.fillStyle = look.paper;
  pen.fill();
  pen.fillStyle = value < 0 ? NEGATIVE : POSITIVE;
  pen.globalAlpha = strength && 0.1 + 0.9 * strength;
  pen.fill();
  pen.globalAlpha = 0.4;
  pen.lineWidth = 1;
  pen.strokeStyle = look.text;
  pen.stroke();
  pen.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} pen @param {Box} box @param {string} colour
 * @param {number} alpha @param {number} width @param {string} [kind]
 */
function frame(pen, { x, y, width: w, height: h }, colour, alpha, width, kind = "template") {
  pen.globalAlpha = alpha;
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  const out = width / 2;
  if (kind === "template") pen.strokeRect(x - out, y - out, w + width, h + width);
  else {
    pen.beginPath();
    pen.arc(x + w / 2, y + h / 2, w / 2 + out, 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} pen @param {Scene} scene @param {ReturnType<typeof colours>} look */
function paintOutputs(pen, scene, look) {
  const { layout, flow, names, classColours, chosen } = scene;
  const probabilities = flow?.probabilities;
  const seen = revealed(scene, layout.columns.length);
  const best = probabilities ? indexOfLargest(probabilities) : -1;
  layout.outputs.forEach(({ place, track, label, value }, at) => {
    const part = probabilities ? finite(probabilities[at]) * seen : 0;
    const { x, y, width, height } = track;
    pen.fillStyle = look.paper;
    pen.fillRect(x, y, width, height);
    pen.globalAlpha = 0.1;
    pen.fillStyle = look.text;
    pen.fillRect(x, y, width, height);
    pen.globalAlpha = 1;
    pen.fillStyle = classColours[at];
    if (layout.isUpright && !layout.isRegression) pen.fillRect(x, y + height * (1 - part), width, height * part);
    else pen.fillRect(x, y, width * part, height);
    const isBest = at === best;
    pen.fillStyle = look.text;
    pen.font = `${isBest ? 700 : 400} 13px ${look.font}`;
    pen.textBaseline = "top";
    write(pen, names[at], label, layout.isUpright && !layout.isRegression);
    const number = probabilities ? percent(probabilities[at]) : "";
    if (layout.isUpright && !layout.isRegression) {
      pen.textAlign = "center";
      pen.font = `${isBest ? 700 : 400} 11px ${look.font}`;
      pen.fillText(number.replace(" %", ""), value.x, value.y);
    } else {
      pen.textAlign = "right";
      pen.fillText(number, value.x, value.y);
    }
    if (!layout.isRegression && chosen?.layer === layout.columns.length && chosen.unit === at) {
      const inset = { x: place.x + 2, y: place.y + 1, width: place.width - 4, height: place.height - 2 };
      frame(pen, inset, look.accent, 1, 2);
    }
  });
}

/** @param {CanvasRenderingContext2D} pen @param {string} name @param {Box} box @param {boolean} isUpright */
function write(pen, name, { x, y, width, height }, isUpright) {
  if (!isUpright) {
    pen.textAlign = "left";
    pen.fillText(name, x, y, width);
  } else if (height < 30) {
    pen.textAlign = "center";
    pen.fillText(name, x, y, width);
  } else {
    pen.save();
    pen.translate(x - 7, y + height);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "right";
    pen.fillText(name, height, 0, height);
    pen.restore();
  }
}

/** @param {CanvasRenderingContext2D} pen @param {Scene} scene @param {ReturnType<typeof colours>} look */
function paintTitles(pen, { layout, titles }, look) {
  pen.fillStyle = look.text;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const put = (/** @type {string[]} */ [first, second], /** @type {{x: number, y: number}} */ { x, y }) => {
    const lines = layout.isUpright ? [[first, second].filter(Boolean).join(", ")] : [first, second];
    lines.forEach((line, i) => {
      if (!line) return;
      pen.font = `${i ? 400 : 600} 12px ${look.font}`;
      const half = pen.measureText(line).width / 2;
      const middle = Math.min(Math.max(x, half), layout.width - half);
      const top = layout.isUpright ? y : y - 12 + 15 * i;
      if (layout.isUpright) {
        pen.fillStyle = look.paper; // lines pass below
        pen.fillRect(middle - half - 4, top - 2, 2 * half + 8, 17);
        pen.fillStyle = look.text;
      }
      pen.fillText(line, middle, top);
    });
  };
  put(titles.input, layout.titles.input);
  if (!layout.isRegression) layout.columns.forEach(({ title }, i) => put(titles.layers[i], title));
  put(titles.outputs, layout.titles.outputs);
}
