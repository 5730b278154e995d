// The pad over its canvas: notes strokes of mouse and finger while the canvas below draws them, and
// shares them with the page's other parts (drawing.js) at every move. Without that module, or where
// the server is needed, strokes go to the server at pen-up; else a small POST keeps them for a reload.
// Called by Streamlit at mount and at every change of `data`.
import { controls } from "./pad_controls.js";
import { keyboard } from "./pad_keyboard.js";

const RETRY = 2000; // milliseconds
const HISTORY = 90; // strokes that the canvas can take back
const SAMPLE_SPEED = 0.35; // units of the pad's side in a millisecond
// The raw event comes as soon as the pen has moved, `pointermove` with the next frame. It needs
// HTTPS or localhost, and Chromium.
const MOVE = "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";

const CANVAS = '[class*="st-key-lab_pad_"]'; // whose key ends with a version

const round = (value) => Math.round(10 * value) / 10;

// The canvas' own toolbars, in shadow roots. On touch screens a tap on them where nothing is seen
// would erase the drawing; so they are hidden wherever a canvas appears.
function toolbars() {
  return [...document.querySelectorAll(".st-key-pad *")]
    .map((host) => host.shadowRoot?.querySelector(".dc-toolbar"))
    .filter(Boolean);
}

function hideToolbars() {
  for (const toolbar of toolbars()) toolbar.style.display = "none";
}

// Takes back one stroke of the canvas; false if it cannot.
function undoOnCanvas() {
  const undo = toolbars()[0]?.querySelector('[aria-label="Undo"]');
  if (!undo || undo.disabled) return false;
  undo.click();
  return true;
}

function makePad(root) {
  // `changes` counts; `told` and `asked` are its values when the server was last asked to answer the
  // drawing, and to show it on a fresh canvas. `isBehind` is a canvas that lacks strokes.
  const pad = { strokes: [], drawn: 0, changes: 0, told: 0, asked: -1, isBehind: false };

  const share = (more = {}) => {
    const { paper, off } = pad.data;
    pad.hint.hidden = pad.strokes.length > 0;
    pad.controls.isBlank(!pad.strokes.length && !pad.data.unreadable);
    pad.shared?.change({ strokes: pad.strokes, paper, off, sample: false, ...more });
  };

  const set = (strokes, more) => {
    pad.changes += 1;
    pad.strokes = strokes;
    share(more);
  };

  const mount = () => {
    pad.asked = pad.told = pad.changes;
    pad.isBehind = false;
    pad.send("mount", { strokes: pad.strokes, n: pad.changes });
  };

  // A canvas that Streamlit drew anew, or one of another server, has not what was drawn in this tab.
  const takeOver = () => {
    const name = `${pad.data.url} ${pad.data.version}`;
    const own = pad.shared?.current();
    if (!own || pad.name === name) return;
    pad.name = name;
    if (own.strokes.length && !own.sample && (own.mount === name || pad.data.first)) {
      set(own.strokes, { mount: name });
      mount();
    } else share({ mount: name });
  };

  const tell = () => {
    pad.told = pad.changes;
    pad.send("drawn", pad.strokes);
  };

  const deliver = () => {
    if (pad.data.server || pad.blocked || pad.shared?.serverIsNeeded()) tell();
    else post();
  };

  // One request at a time, so that an older drawing never replaces a newer one.
  const post = async () => {
    if (pad.posting) return;
    pad.posting = true;
    const n = pad.changes;
    const { url, pen_name: pen, paper } = pad.data;
    const body = JSON.stringify({ strokes: pad.strokes, pen, paper });
    const keepalive = body.length < 60_000;
    const answer = await fetch(url, { method: "POST", body, keepalive }).catch(() => null);
    pad.posting = false;
    if (answer?.ok) {
      if (n !== pad.changes && !pad.down) deliver();
    } else if (answer) {
      tell(); // the server has forgotten this tab
    } else if (!pad.ended) setTimeout(deliver, RETRY);
  };

  const place = (event) => {
    const box = pad.box;
    const unit = pad.data.side / box.width;
    return [round((event.clientX - box.left) * unit), round((event.clientY - box.top) * unit)];
  };

  const down = (event) => {
    const area = event.target.closest?.(CANVAS);
    if (!area || event.button || !event.isPrimary) return;
    endSample();
    pad.box = area.getBoundingClientRect();
    pad.down = true;
    pad.drawn += 1;
    set([...pad.strokes, { points: [place(event)], width: pad.data.pen }], { down: true });
  };
  const move = (event) => {
    if (!pad.down || !event.isPrimary) return;
    const events = event.getCoalescedEvents?.() ?? [];
    pad.strokes.at(-1).points.push(...(events.length ? events : [event]).map(place));
    set(pad.strokes, { down: true });
  };
  const up = (event) => {
    if (!pad.down || !event.isPrimary) return;
    pad.down = false;
    share({ down: false });
    if (pad.isBehind) mount();
    else setTimeout(deliver); // when the canvas has added the stroke
  };

  pad.actions = {
    undo() {
      endSample();
      set(pad.strokes.slice(0, -1));
      if (undoOnCanvas()) deliver();
      else mount();
    },
    clear() {
      endSample();
      set([]);
      if (!pad.data.unreadable && emptyCanvas()) deliver();
      else mount();
    },
    line(points) {
      endSample();
      set([...pad.strokes, { points, width: pad.data.pen }]);
      mount();
    },
    take() {
      endSample();
      const strokes = pad.strokes;
      const cleared = emptyCanvas();
      if (cleared) set([]);
      return { strokes, cleared };
    },
  };

  const emptyCanvas = () => {
    if (pad.data.strokes.length || pad.drawn > HISTORY) return false;
    while (undoOnCanvas());
    pad.drawn = 0;
    return true;
  };

  // A digit that draws itself once, until somebody touches the pad.
  const playSample = () => {
    const began = performance.now();
    pad.sample = true;
    const frame = (now) => {
      if (!pad.sample) return;
      const strokes = partOf(pad.data.sample, Math.max(0, now - began) * SAMPLE_SPEED, pad.data.pen);
      drawLines(pad.lines, strokes);
      pad.shared.change({ strokes, sample: true });
      if (strokes.done) pad.hint.textContent = pad.data.words.after;
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };
  const endSample = () => {
    pad.played = true;
    if (!pad.sample) return;
    endSampleQuietly();
    set([]);
  };

  pad.tell = tell;
  pad.listen = () => {
    const end = new AbortController();
    const options = { capture: true, passive: true, signal: end.signal };
    document.addEventListener("pointerdown", down, options);
    document.addEventListener(MOVE, move, options);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, up, options);
    const timer = setInterval(hideToolbars, 200);
    const leave = pad.shared?.mountPad(pad.actions);
    const unlisten = pad.controls.listen();
    // A part of the page that finds that it needs the server has not been heard at pen-up.
    const unwatch = pad.shared?.watch(() => {
      if (pad.down || pad.sample || pad.told === pad.changes) return;
      if (pad.shared.serverIsNeeded() && pad.strokes.length) tell();
    });
    return () => {
      clearInterval(timer);
      end.abort();
      leave?.();
      unlisten();
      unwatch?.();
    };
  };

  pad.update = () => {
    const { data } = pad;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (pad.version !== data.version) {
      pad.version = data.version;
      pad.drawn = 0;
      if (data.n === null) {
        endSampleQuietly();
        pad.strokes = data.strokes;
        pad.told = pad.changes += 1;
        pad.isBehind = false;
      } else if (data.n === pad.asked && data.n !== pad.changes) {
        pad.isBehind = true; // somebody drew meanwhile
        if (!pad.down) mount();
      }
    }
    pad.hint.textContent = pad.sample ? pad.hint.textContent : data.words.hint;
    pad.lines.setAttribute("viewBox", `0 0 ${data.side} ${data.side}`);
    pad.lines.style.stroke = data.ink;
    pad.hint.style.color = data.ink;
    pad.keyboard(data);
    pad.controls.update(data);
    takeOver();
    if (!pad.sample) share();
    else pad.hint.hidden = false;
    if (data.sample.length && pad.shared && !pad.played && !still && !pad.strokes.length) {
      pad.played = true;
      playSample();
    }
  };
  const endSampleQuietly = () => {
    pad.sample = false;
    drawLines(pad.lines, []);
    pad.hint.textContent = pad.data.words.hint;
  };

  const [drawn, keys, row] = root.children;
  [pad.lines, pad.hint] = drawn.children;
  pad.keyboard = keyboard(keys, pad.actions);
  pad.controls = controls(row, pad.actions, (event, value) => pad.send(event, value));
  return pad;
}

// The first `length` units of strokes, with `done` if that is all.
function partOf(strokes, length, width) {
  const part = [];
  let left = length;
  for (const points of strokes) {
    const drawn = [points[0]];
    for (let i = 1; i < points.length && left > 0; i++) {
      const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
      const step = Math.hypot(bx - ax, by - ay);
      const t = Math.min(1, left / step);
      drawn.push([ax + t * (bx - ax), ay + t * (by - ay)]);
      left -= step;
    }
    part.push({ points: drawn, width });
    if (left <= 0) break;
  }
  part.done = left > 0;
  return part;
}

function drawLines(svg, strokes) {
  while (svg.children.length > strokes.length) svg.lastChild.remove();
  while (svg.children.length < strokes.length) {
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "polyline"));
  }
  strokes.forEach(({ points, width }, i) => {
    svg.children[i].setAttribute("points", points.map((point) => point.join(",")).join(" "));
    svg.children[i].setAttribute("stroke-width", width);
  });
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector(".lab-pad-parts");
  const pad = (root.pad ??= makePad(root));
  pad.data = data;
  pad.send = setTriggerValue;
  pad.ended = false;
  pad.stop?.();
  pad.stop = pad.listen();
  pad.update();
  if (!pad.shared && !pad.blocked) {
    import(`${location.origin}${data.modules}/drawing.js`).then(
      (shared) => {
        if (pad.shared || pad.ended) return;
        pad.shared = shared;
        pad.stop?.();
        pad.stop = pad.listen();
        pad.update();
      },
      () => {
        pad.blocked = true;
        if (pad.strokes.length && pad.told !== pad.changes && !pad.down) pad.tell();
      },
    );
  }
  return () => {
    pad.ended = true;
    pad.stop?.();
    pad.stop = null;
  };
}
