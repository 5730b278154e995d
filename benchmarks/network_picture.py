"""Time of a frame of a network's picture in Chromium: `python -m benchmarks.network_picture`.

Networks with random weights are drawn in a page of their own, without a server. A three grows point
by point, a picture a frame. The table gives milliseconds from a frame's begin until its pixels are
painted: a frame in which the picture changes, the same while a unit's numbers are open, and one in
which all weights are new. In brackets stands the processor time of the page's main thread for a
frame, all else of the page included: it does not grow with other programs' load.
[--frames 300] [--density 1]
"""

import argparse
import base64
import json
import os
from collections.abc import Sequence

import numpy as np
from playwright.sync_api import CDPSession, Page, Route

from benchmarks.browser import browsing
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui import browser
from pages.ui.components.network import words
from pages.ui.figures import theme
from tests.support.browser_pad import THREE
from tests.support.finished_runs import random_weights

HOST = "http://network.test"
NETWORKS = {
    "784-10": (),
    "784-128-10": (Hidden(128),),
    "784-512-512-10": (Hidden(512), Hidden(512)),
    "784-4096-10": (Hidden(4096),),
}
MEASURE = """async ({modules, data, weights, strokes, frames}) => {
  const load = (name) => import(`${modules}/${name}.js`);
  const [{makeView}, reader] = await Promise.all(["network_view", "reader"].map(load));
  const root = document.querySelector(".lab-network");
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const layersOf = (text) => reader.readLayers(new Float32Array(bytes(text).buffer), data.layers);
  const networks = weights.map(layersOf);
  const view = makeView(root, data, () => null);
  view.setLayers(networks[0]);
  const pen = root.querySelector("canvas").getContext("2d");
  const points = strokes.flatMap((stroke, at) => stroke.map((point) => ({at, point})));
  const pictures = Array.from({length: 60}, (_, i) => {
    const until = 2 + (i / 59) * (points.length - 2);
    const drawn = strokes.map((stroke, at) => ({
      width: 22,
      points: points.slice(0, Math.ceil(until)).filter((p) => p.at === at)
        .map(({point: [x, y]}) => [20 + 240 * x + i / 9, 20 + 240 * y]),
    })).filter(({points}) => points.length);
    return reader.prepare(drawn, 280).centred;
  });
  const next = () => new Promise(requestAnimationFrame);
  const timed = async (act) => {
    const found = [];
    await window.cpu();
    for (let i = 0; i < frames; i++) {
      await next();
      const began = performance.now();
      act(i);
      pen.getImageData(0, 0, 1, 1); // waits for the pixels
      found.push(performance.now() - began);
    }
    await window.cpu();
    return found;
  };
  const draw = (i) => view.setPixels(pictures[i % pictures.length]);
  await timed(draw); // compiles
  const drawing = await timed(draw);
  root.querySelector("button[data-at]:enabled").click();
  const open = await timed(draw);
  const learning = await timed((i) => view.setLayers(networks[i % 2]));
  view.end();
  return [drawing, open, learning];
}"""


def serve(route: Route) -> None:
    """Answer a request for the page or one of its modules."""
    name = route.request.url.rpartition("/")[2]
    if name in browser.scripts():
        route.fulfill(body=browser.read(name), content_type="text/javascript")
    else:
        style = browser.read("style.css")
        body = f'<style>{style}</style><section class="lab-network" style="width:600px"></section>'
        route.fulfill(body=body, content_type="text/html")


def measure(
    page: Page, clock: list[float], hidden: Sequence[Hidden], frames: int
) -> list[tuple[list[float], float]]:
    """Return milliseconds of each frame, and of the main thread's own for each on average.

    First a picture grows, then the same with a unit's numbers open, then the weights change.
    """
    clock.clear()
    recipe = Recipe(hidden=tuple(hidden))
    layers = [{"units": h.units, "activation": h.activation} for h in hidden]
    data = {
        "layers": [*layers, {"units": 10, "activation": "linear"}],
        "names": recipe.data.class_names,
        "colours": theme.CLASS_COLOURS,
        "activations": {},
        "words": words(None),
    }
    weights = [
        b"".join(array.astype("<f4").tobytes() for array in random_weights(each).values())
        for each in (recipe, recipe.with_(seed=recipe.seed + 1))
    ]
    page.goto(HOST)
    found: list[list[float]] = page.evaluate(
        MEASURE,
        {
            "modules": HOST,
            "data": json.loads(json.dumps(data)),
            "weights": [base64.b64encode(each).decode() for each in weights],
            "strokes": THREE,
            "frames": frames,
        },
    )
    spent = [1000 * (end - begin) / frames for begin, end in zip(*[iter(clock)] * 2, strict=True)]
    return list(zip(found, spent[1:], strict=True))


def cell(times: Sequence[float], spent: float) -> str:
    """Return median, 95th percentile and longest, and the thread's own time."""
    low, high = np.percentile(times, [50, 95])
    return f"{low:.1f} / {high:.1f} / {max(times):.1f} ({spent:.1f})"


def thread_seconds(line: CDPSession) -> float:
    """Return the seconds that the page's main thread has computed."""
    metrics = line.send("Performance.getMetrics")["metrics"]
    return float({metric["name"]: metric["value"] for metric in metrics}["TaskDuration"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--density", type=float, default=1, help="device pixels in a CSS pixel")
    options = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("ms a frame, median / 95 % / longest (processor time of the main thread, mean)")
    print("| network | the picture changes | with a unit's numbers | the weights change |")
    print("|---|---|---|---|")
    with browsing() as chromium:
        page = chromium.new_page(device_scale_factor=options.density)
        page.route(f"{HOST}/**", serve)
        line = page.context.new_cdp_session(page)
        line.send("Performance.enable", {"timeDomain": "threadTicks"})
        clock: list[float] = []
        page.expose_function("cpu", lambda: clock.append(thread_seconds(line)))
        for name, hidden in NETWORKS.items():
            cells = [cell(*each) for each in measure(page, clock, hidden, options.frames)]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
