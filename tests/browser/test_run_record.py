"""A run's record in the browser: progress, curves, what a resumed run repeats."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import pytest
from playwright.sync_api import Page

from model_store.runs import events
from model_store.runs.events import Chunk, EpochEnd, Evaluated, Event, LearningRate, Started
from pages.ui import browser
from pages.ui.figures import theme

ASK = """async ({modules, events, epochs, figures}) => {
  const load = (name) => import(`${location.origin}${modules}/${name}.js`);
  const [{emptyRecord, add, progress}, {runFigure}] =
    await Promise.all(["run_record", "run_figure"].map(load));
  const record = emptyRecord();
  add(record, events);
  return {
    record, progress: progress(record, epochs),
    figures: figures.map((options) => runFigure(record, {...options, epochs})),
  };
}"""
WORDS = {
    "training": "T",
    "validation": "V",
    "epoch": "epoch",
    "hover": "epoch {x}",
    "rate": "R",
    "kept": "K",
    "stopped": "S",
}
COLOURS = {"training": "#111111", "validation": "#222222", "rate": "#333333", "before": "#444444"}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(bare: Page) -> Ask:
    """Return a function that gives what the browser makes of events."""

    def answer(
        said: Sequence[Event], epochs: int = 4, schedule: Sequence[tuple[float, float]] = ()
    ) -> dict[str, Any]:
        axes = {figure: theme.figure_axis(figure) for figure in ("loss", "accuracy")}
        figures = [
            {"figure": figure, "axis": axis, "words": WORDS, "colours": COLOURS}
            for figure, axis in axes.items()
        ]
        figures[0]["schedule"] = schedule
        raw = [events.to_dict(event) for event in said]
        given = {"modules": browser.modules_path(), "events": raw, "epochs": epochs}
        found: dict[str, Any] = bare.evaluate(ASK, {**given, "figures": figures})
        return found

    return answer


def chunk(epoch: float, loss: float = 1.0, time: float | None = None) -> Chunk:
    return Chunk(round(epoch * 100), epoch, loss, 0.5, 100.0, epoch * 10 if time is None else time)


def end(epoch: int, val: float | None = 0.4) -> EpochEnd:
    return EpochEnd(epoch, epoch * 100, 1.0, 0.5, val, val, 10.0, 0.001, epoch * 10.0)


def test_progress_counts_down_at_the_rate_of_the_last_epoch(ask: Ask) -> None:
    assert ask([chunk(0.5), chunk(1.0)])["progress"] == {"done": 1.0, "secondsLeft": 30.0}
    slow = [chunk(0.5), chunk(1.0), *(chunk(1 + i / 4, time=10 + 20 * i) for i in range(1, 5))]
    assert ask(slow)["progress"] == {"done": 2.0, "secondsLeft": 160.0}


def test_progress_before_two_points_promises_nothing(ask: Ask) -> None:
    assert ask([])["progress"] == {"done": 0, "secondsLeft": None}
    assert ask([Started(0, 100, 4, epoch=2)])["progress"] == {"done": 2, "secondsLeft": None}
    assert ask([chunk(0.5), chunk(0.5)])["progress"]["secondsLeft"] is None


@pytest.mark.parametrize("jump", [-3600.0, 365 * 86400.0, -50 * 365 * 86400.0])
def test_a_clock_that_is_set_changes_no_time_left(ask: Ask, jump: float) -> None:
    said = [chunk(i / 10, time=i + (jump if i > 15 else 0)) for i in range(1, 21)]
    assert ask(said)["progress"]["secondsLeft"] == pytest.approx(20.0)


def test_a_resumed_run_repeats_nothing(ask: Ask) -> None:
    said = [Started(0, 100, 3), chunk(0.5), LearningRate(60, 0.6, 0.1, 0), chunk(1.0), end(1)]
    said += [chunk(1.5, 9.0), LearningRate(160, 1.6, 0.2, 0)]
    said += [Started(50, 100, 3, epoch=1), chunk(1.5, 2.0), chunk(2.0), end(2)]
    record = ask(said)["record"]
    assert [(c["epoch"], c["loss"]) for c in record["chunks"]] == [
        (0.5, 1.0),
        (1.0, 1.0),
        (1.5, 2.0),
        (2.0, 1.0),
    ]
    assert [e["epoch"] for e in record["epochs"]] == [1, 2]
    assert [r["value"] for r in record["rates"]] == [0.1]


def test_curves_are_the_record(ask: Ask) -> None:
    said = [chunk(0.5, 3.0), chunk(1.0, 2.0), end(1), LearningRate(110, 1.1, 0.01, 0), end(2, 0.5)]
    loss, accuracy = ask(said)["figures"]
    for figure in (loss, accuracy):
        assert go.Figure(figure).to_plotly_json().keys() == {"data", "layout"}
        assert [trace["name"] for trace in figure["data"]] == ["T", "V"]
    training, validation = loss["data"]
    assert (training["x"], training["y"]) == ([0.5, 1.0], [3.0, 2.0])
    assert (validation["x"], validation["y"]) == ([1, 2], [0.4, 0.5])
    assert loss["layout"]["xaxis"]["range"] == [0, 4]
    assert [(line["x0"], line["x1"]) for line in loss["layout"]["shapes"]] == [(1.1, 1.1)]
    assert [note["text"] for note in loss["layout"]["annotations"]] == ["η 0.01"]


def test_a_recipe_without_validation_has_one_curve(ask: Ask) -> None:
    for figure in ask([chunk(1.0), end(1, None)])["figures"]:
        assert len(figure["data"]) == 1


def test_an_axis_of_accuracies_without_any_goes_from_0_to_100_percent(ask: Ask) -> None:
    loss, accuracy = ask([])["figures"]
    assert accuracy["layout"]["yaxis"]["range"] == [0, 1]
    assert "range" not in loss["layout"]["yaxis"]
    assert "range" not in ask([chunk(0.5), chunk(1.0)])["figures"][1]["layout"]["yaxis"]


# Draws an accuracy without points, then with some; returns the drawn axis.
DRAW = """async ({modules, figures}) => {
  const {draw} = await import(`${location.origin}${modules}/plot.js`);
  const host = document.body.appendChild(document.createElement("div"));
  const look = {height: 175, size: 14, zoom: 1, label: "curve", modules};
  for (const figure of figures) await draw(host, figure, look);
  const {range} = host._fullLayout.yaxis;
  host.remove();
  return range;
}"""


def test_an_axis_of_accuracies_fits_what_comes(ask: Ask, bare: Page) -> None:
    some = [replace(chunk(i / 10), accuracy=i / 10) for i in range(1, 9)]
    figures = [ask(said)["figures"][1] for said in ([], some[:1], some[:4], [], some)]
    given = {"modules": browser.modules_path(), "figures": figures}
    low, high = bare.evaluate(DRAW, given)
    assert 0 <= low < 0.1 and 0.8 < high < 1, "from 10 to 80 percent"


RATES = [(0.0, 0.1), (2.0, 0.05), (4.0, 0.0)]


def test_the_schedule_is_drawn_and_its_largest_rate_named(ask: Ask) -> None:
    loss, accuracy = ask([chunk(0.5)], schedule=RATES)["figures"]
    rate = loss["data"][0]
    assert (rate["name"], rate["yaxis"]) == ("R", "y2")
    assert list(zip(rate["x"], rate["y"], strict=True)) == RATES, "the coming epochs as well"
    assert [note["text"] for note in loss["layout"]["annotations"]] == ["η 0.1"]
    assert go.Figure(loss).layout.yaxis2.overlaying == "y"
    assert [trace["name"] for trace in accuracy["data"]] == ["T"]


def test_a_rate_that_was_set_ends_the_drawn_schedule(ask: Ask) -> None:
    said = [chunk(1.0), LearningRate(150, 1.5, 0.3, 0), LearningRate(300, 3.0, 0.2, 0, "plateau")]
    (loss, _accuracy) = ask(said, schedule=RATES)["figures"]
    x, y = loss["data"][0]["x"], loss["data"][0]["y"]
    steps = [(0.0, 0.1), (1.5, 0.1), (1.5, 0.3), (3.0, 0.3), (3.0, 0.2), (4.0, 0.2)]
    assert list(zip(x, y, strict=True)) == steps
    assert [note["text"] for note in loss["layout"]["annotations"]] == ["η 0.3", "η 0.2"]


def test_labels_of_many_learning_rates_cover_none(ask: Ask) -> None:
    every = [LearningRate(100 * i, i / 10, 0.1 / 2**i, 0, "plateau") for i in range(1, 40)]
    (loss, _accuracy) = ask([chunk(4.0), *every])["figures"]
    notes = [(note["x"], note["y"], note["text"]) for note in loss["layout"]["annotations"]]
    assert notes[0] == (0.1, 1, "η 0.05")
    assert len(loss["layout"]["shapes"]) == len(every), "each is marked"
    rows = {y: sorted(x for x, other, _text in notes if other == y) for _x, y, _text in notes}
    assert len(rows) == 5 and len(notes) > 10
    for places in rows.values():
        assert all(b - a > 0.3 * 4 - 1e-9 for a, b in pairwise(places))
    far = [LearningRate(100, 1.0, 0.3, 0), LearningRate(300, 3.0, 0.2, 0)]
    (loss, _accuracy) = ask([chunk(4.0), *far])["figures"]
    assert [note["y"] for note in loss["layout"]["annotations"]] == [1, 1]


def test_where_it_stopped_and_what_it_kept_is_marked(ask: Ask) -> None:
    ended = Evaluated(1, 0.5, 1, 0.5, 3, 300, 9.0, 30.0, kept_epoch=1, stopped_early=True)
    said = [chunk(1.0), end(1), chunk(2.0), end(2), chunk(3.0), end(3), ended]
    found = ask(said, schedule=RATES)
    assert (found["record"]["kept"], found["record"]["stopped"]) == (1, 3)
    for figure in found["figures"]:
        marks = {note["text"]: note["x"] for note in figure["layout"]["annotations"]}
        assert (marks["K"], marks["S"]) == (1, 3)
        assert [line["x0"] for line in figure["layout"]["shapes"]] == [1, 3]
    assert max(found["figures"][0]["data"][0]["x"]) <= 3, "no rates after the end"
    whole = ask([chunk(4.0), end(4), Evaluated(1, 0.5, 1, 0.5, 4, 400, 9.0, 40.0)])
    assert (whole["record"]["kept"], whole["record"]["stopped"]) == (0, 0)
    assert not whole["figures"][0]["layout"]["shapes"]
