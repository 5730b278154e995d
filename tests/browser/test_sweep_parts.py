"""Parts of a sweep's page in the browser: order and figure of trials, cards, figures, refresh."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from model_store import ModelStore
from model_store.recipe.presets import PRESETS
from model_store.storage.sweep_store import Sweep, SweepState, SweepStore, Trial, TrialState
from pages.ui import browser
from pages.ui.components import sweep_parts
from pages.ui.figures import theme
from pages.ui.services import live_sweep
from tests.support.app_server import Server
from training.sweeps.plan import Plan
from training.sweeps.search_space import Values

ASK = """async ({modules, trials, best, options}) => {
  const load = (name) => import(`${location.origin}${modules}/${name}.js`);
  const [records, {trialFigure}, {percent}] =
    await Promise.all(["sweep_record", "trial_figure", "text"].map(load));
  return {
    order: records.ranked(trials).map(({number}) => number),
    names: trials.map((trial) => records.describe(trial, options.labels)),
    accuracies: trials.map((trial) => percent(records.accuracy(trial))),
    figure: trialFigure({trials, best}, options),
  };
}"""
# Mounts a component as Streamlit does: its function is called at each change of its data.
MOUNT = """async ({modules, name, html, data}) => {
  const {default: start} = await import(`${location.origin}${modules}/${name}.js`);
  let host = document.getElementById(name);
  if (!host) {
    host = Object.assign(document.createElement("div"), {id: name, innerHTML: html});
    document.body.append(host);
    host.dataset.asked = 0;
  }
  const setTriggerValue = () => (host.dataset.asked = Number(host.dataset.asked) + 1);
  const bytes = new TextEncoder().encode(JSON.stringify(data));
  start({parentElement: host, setTriggerValue, data: bytes});
}"""
PLAN = Plan(
    PRESETS["digits-quick"].recipe,
    (("optimizer", Values(("adam", "sgd"))), ("seed", Values(tuple(range(20))))),
    budget=100.0,
)
LABELS = sweep_parts.labels(PLAN)
HOSTILE = '"><img src=x onerror=alert(1)><b>'


@pytest.fixture
def ask(bare: Page) -> Callable[..., dict[str, Any]]:
    """Return a function that gives what the browser makes of trials."""

    def answer(*trials: Trial, best: int | None = None) -> dict[str, Any]:
        options = {
            "labels": LABELS,
            "axes": {"x": theme.axis("epoch"), "y": theme.axis("accuracy")},
            "colours": {"best": "#111111", "others": "#222222"},
            "words": {"epoch": "epoch {x}"},
        }
        raw = [live_sweep.trial_value(trial) for trial in trials]
        given = {"modules": browser.modules_path(), "trials": raw, "best": best}
        found: dict[str, Any] = bare.evaluate(ASK, {**given, "options": options})
        return found

    return answer


def trial(number: int, state: TrialState = TrialState.COMPLETE, **changes: Any) -> Trial:
    point: dict[str, float | int | str] = {"optimizer": "adam", "seed": number}
    return replace(Trial(number, point, "h", f"run-{number}", state), **changes)


def test_unfinished_trials_come_first_then_the_best(ask: Callable[..., dict[str, Any]]) -> None:
    found = ask(
        trial(0, TrialState.FAILED),
        trial(1, value=0.5),
        trial(2, TrialState.PRUNED, curve=(0.9,)),
        trial(3, value=0.8025),
        trial(4, TrialState.OPEN, curve=(0.2, 0.3)),
        trial(5, value=0.5),
    )
    assert found["order"] == [4, 3, 1, 5, 2, 0]
    assert found["accuracies"] == [
        "–",
        "50.0 %",
        "90.0 %",
        theme.percent(0.8025),
        "30.0 %",
        "50.0 %",
    ]
    assert found["names"][3] == "optimizer Adam, seed 3"


def test_the_best_curve_is_on_top_and_few_traces_draw_many_trials(
    ask: Callable[..., dict[str, Any]],
) -> None:
    long = [trial(n, curve=tuple(i / 300 for i in range(200)), value=0.6) for n in range(200)]
    traces = ask(*long, trial(200, TrialState.OPEN, curve=(0.5,)), best=7)["figure"]["data"]
    assert [each["mode"] for each in traces] == ["lines", "lines+markers", "lines"]
    assert [each["line"]["color"] for each in traces] == ["#222222", "#222222", "#111111"]
    assert traces[0]["x"].count(None) == 198, "a gap between each two"
    assert len(traces[0]["x"]) == 199 * live_sweep.POINTS + 198
    assert set(traces[2]["text"]) == {"optimizer Adam, seed 7"}
    assert len(traces[2]["x"]) == live_sweep.POINTS


def test_nothing_yet_draws_an_empty_figure(ask: Callable[..., dict[str, Any]]) -> None:
    for trials in ([], [trial(0, TrialState.OPEN)]):
        figure = ask(*trials)["figure"]
        assert figure["data"] == [] and figure["layout"]["yaxis"]["range"] == [0, 1]


def test_names_that_are_no_settings_are_text(ask: Callable[..., dict[str, Any]]) -> None:
    points = [{"constructor": "toString"}, {"optimizer": "__proto__"}, {"<b>": "<i>&"}]
    found = ask(*(trial(n, point=point, curve=(0.5,)) for n, point in enumerate(points)))
    assert found["names"] == ["constructor toString", "optimizer __proto__", "<b> <i>&"]
    assert found["figure"]["data"][0]["text"][-1] == "&lt;b> &lt;i>&amp;"


# -- mounted over a sweep of the store -----------------------------------------------------------


class Mounted:
    """A sweep of the app's store, and a page that shows parts of it."""

    def __init__(self, lab: Server, page: Page) -> None:
        self.page = page
        self._records = SweepStore(ModelStore(lab.store).database)
        self.sweep = self._records.create(PLAN.to_dict(), "ann", "")
        self.save(state=SweepState.DONE)  # no server takes it over

    def save(self, **changes: Any) -> Sweep:
        self.sweep = self._records.save(replace(self.sweep, **changes))
        return self.sweep

    def mount(self, name: str, html: str, data: dict[str, Any]) -> Locator:
        modules = browser.modules_path()
        given = {"name": name, "html": html, "data": {"modules": modules, **data}}
        self.page.evaluate(MOUNT, {"modules": modules, **given})
        return self.page.locator(f"#{name}")

    def part(self, draw: Callable[..., None], *args: Any) -> Locator:
        """Mount what a function of `sweep_parts` draws."""
        drawn: list[Any] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sweep_parts, "component", lambda *given: drawn.append(given))
            draw(self.sweep, PLAN, *args)
        name, html, data, _key = drawn[0]
        return self.mount(name, html, data)


@pytest.fixture
def mounted(lab: Server, bare: Page) -> Mounted:
    bare.reload()  # away with the parts of the test before
    return Mounted(lab, bare)


def test_cards_are_links_with_text(mounted: Mounted) -> None:
    curve = (0.5, 0.75, 0.25)
    mounted.save(trials=(trial(0, curve=curve, value=0.25), trial(1, TrialState.GONE)))
    cards = mounted.part(sweep_parts.trial_cards)
    expect(cards.get_by_role("listitem")).to_have_count(2)
    link = cards.get_by_role("link")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute("href", "train?run=run-0")
    expect(link).to_have_attribute("title", "Trial 1")
    expect(link).to_have_text("25.0 %bestoptimizer Adamseed 0")
    label = "Validation accuracy from 50.0 % to 25.0 % in 3 epochs"
    expect(link.get_by_role("img", name=label)).to_be_visible()
    expect(link.locator("polyline")).to_have_attribute("points", "3.0,18.0 50.0,3.0 97.0,33.0")
    expect(cards.get_by_role("img", name="no epoch yet")).to_have_count(1)


def test_what_trials_say_is_text(mounted: Mounted) -> None:
    mounted.save(
        trials=(
            trial(0, TrialState.FAILED, message=HOSTILE, run=HOSTILE, point={HOSTILE: HOSTILE}),
        )
    )
    cards = mounted.part(sweep_parts.trial_cards)
    expect(cards.get_by_role("listitem")).to_have_count(1)
    expect(cards.locator("a > small")).to_have_text(HOSTILE)
    expect(cards.locator("p > span")).to_have_text(f"{HOSTILE} {HOSTILE}")
    assert cards.locator("img, script").count() == 0
    href = cards.locator("a").get_attribute("href") or ""
    assert href.startswith("train?run=%22%3E%3Cimg")


def test_a_card_that_moves_keeps_the_focus(mounted: Mounted) -> None:
    trials = [trial(n, TrialState.OPEN) for n in range(3)]
    mounted.save(trials=tuple(trials))
    cards = mounted.part(sweep_parts.trial_cards)
    expect(cards.get_by_role("link")).to_have_count(3)
    first = cards.get_by_role("link").first
    first.focus()
    trials[0] = trial(0, curve=(0.5,), value=0.5)
    mounted.save(trials=tuple(trials))
    moved = cards.get_by_role("link").last
    expect(moved).to_contain_text("50.0 %")
    expect(moved).to_be_focused()
    expect(moved).to_have_attribute("href", "train?run=run-0")


def test_a_page_of_cards(mounted: Mounted) -> None:
    mounted.save(trials=tuple(trial(n, value=n / 40) for n in range(30)))
    cards = mounted.part(sweep_parts.trial_cards)
    expect(cards.get_by_role("listitem")).to_have_count(24)
    expect(cards.get_by_role("listitem").first).to_contain_text("72.5 %")
    mounted.part(sweep_parts.trial_cards, 2)
    expect(cards.get_by_role("listitem")).to_have_count(6)
    expect(cards.get_by_role("listitem").last).to_contain_text("0.0 %")


def test_progress_has_its_figures(mounted: Mounted) -> None:
    done = [trial(n, curve=(0.5,), value=0.5 + n / 100) for n in range(4)]
    mounted.save(trials=(*done, trial(4, TrialState.OPEN)), spent=12.0)
    mounted.sweep = replace(mounted.sweep, state=SweepState.RUNNING)  # as its page sees it
    progress = mounted.part(sweep_parts.sweep_progress)

    def figure(name: str) -> Locator:
        return progress.locator(f"[data-figure='{name}']")

    expect(figure("trials")).to_have_text("4 / 40")
    expect(figure("best")).to_have_text("53.0 %")
    expect(figure("time")).to_have_text("12 s")
    expect(figure("left")).to_have_text("1 min 28 s")  # 108 s, but the budget ends before
    expect(figure("pruned")).to_have_count(0)
    expect(progress.get_by_role("progressbar", name="4 of 40 trials")).to_have_attribute(
        "value", "0.1"
    )
    expect(progress.get_by_text("Best so far: optimizer Adam, seed 3.")).to_be_visible()
    mounted.sweep = replace(mounted.sweep, state=SweepState.DONE)
    mounted.part(sweep_parts.sweep_progress)
    expect(progress.get_by_role("progressbar")).to_be_hidden()
    expect(figure("trials")).to_have_text("4 / 40")
    expect(figure("left")).to_have_count(0)
    expect(progress.get_by_text("Best so far")).to_have_count(0)


def test_a_script_that_has_seen_the_state_runs_once(mounted: Mounted) -> None:
    """Streamlit does not end the component that was mounted with what was seen before."""
    topic = f"sweep:{mounted.sweep.id}"

    def seen(state: str) -> Locator:
        data = {"seen": {topic: [state, False]}, "every": 0}
        return mounted.mount("live_refresh", "<span></span>", data)

    refresh = seen("running")
    expect(refresh).to_have_attribute("data-asked", "1")
    seen("done")
    progress = mounted.mount("sweep_progress", sweep_parts._PROGRESS, progress_data(mounted))
    for spent in (61, 62, 63):
        mounted.save(spent=float(spent))
        expect(progress.locator("[data-figure='time']")).to_have_text(f"1 min {spent - 60} s")
    expect(refresh).to_have_attribute("data-asked", "1")
    mounted.save(state=SweepState.STOPPED)
    expect(refresh).to_have_attribute("data-asked", "2")


def progress_data(mounted: Mounted) -> dict[str, Any]:
    words = {"done": "", "minutes": "{m} min {s} s", "seconds": "{n} s", "none": "", "best": ""}
    known = {"sweep": mounted.sweep.id, "live": False, "size": 1, "budget": None}
    return {**known, "figures": {"time": "Time"}, "labels": LABELS, "words": words}
