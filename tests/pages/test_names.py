"""Names on the pages: chosen, kept, always plain text, and no access to another's runs."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from model_store import Run
from model_store.classroom.display_names import MAX_NAME, short_id
from model_store.recipe.recipe import Recipe
from model_store.storage.run_query import Column
from pages.ui.compare.run_table import table_data
from pages.ui.frame.layout import plain
from pages.ui.services import singletons
from tests.support.finished_runs import finished_run

Visit = Callable[..., AppTest]
SMALL = Recipe(dataset="digits", hidden=(), epochs=3)
EVE = "eve's unguessable id"
HOSTILE = [
    "<script>alert(1)</script>",
    "**bold** [x](http://a.b)",
    "\u202egnp.exe",
    "A" * 10_000,
    ":red-badge[admin] $x$",
]


def opened(at: AppTest) -> AppTest:
    """Open the form, which is not drawn before."""
    assert not [each for each in at.text_input if each.key == "name_given"]
    at.session_state["your_name"] = True
    return at.run()


def name_me(at: AppTest, name: str) -> AppTest:
    at.text_input(key="name_given").set_value(name)
    next(button for button in at.button if button.label == "Save").click().run()
    assert not at.exception
    return at


def owner_cell(run: Run) -> str:
    (row,) = table_data([run], {})["rows"]
    return str(row["cells"][Column.OWNER]["text"])


def test_a_name_is_kept_and_can_be_taken_back(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: EVE)
    name_me(opened(visit("train")), " Eve ")
    assert singletons.display_names().name(EVE) == "Eve"
    at = opened(visit("train"))
    assert at.text_input(key="name_given").value == "Eve"
    name_me(at, "")
    assert singletons.display_names().name(EVE) == ""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_short_plain_text_everywhere(visit: Visit, name: str) -> None:
    kept = singletons.display_names().rename(EVE, name)
    assert 0 < len(kept) <= MAX_NAME
    run = finished_run(singletons.store(), SMALL, EVE)
    for at in (visit("train", run=run.id), visit("compare", run=run.id)):
        texts = [
            str(each.value) for each in (*at.markdown, *at.caption) if short_id(EVE) in each.value
        ]
        assert texts
        for words in texts:
            assert plain(kept) in words
            assert kept == plain(kept) or kept not in words
        assert not [each for each in at.get("html") if kept in each.value and "<" in kept]


def test_the_same_name_gives_no_rights_and_has_another_sign(visit: Visit) -> None:
    singletons.display_names().rename(EVE, "Ada")
    run = finished_run(singletons.store(), SMALL, EVE)
    name_me(opened(visit("train")), "Ada")
    at = visit("compare", run=run.id)
    assert f"delete_{run.id}" not in {button.key for button in at.button}
    assert any(f"Ada\u2069 · {short_id(EVE)}" in each.value for each in at.caption)


def test_the_table_and_its_order_know_names(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "me")
    singletons.display_names().rename(EVE, "Eve")
    singletons.display_names().rename("me", "Zoe")
    mine, hers, nobodys, command = (
        finished_run(singletons.store(), SMALL, owner) for owner in ("me", EVE, "x", "")
    )
    assert owner_cell(hers) == f"\u2068Eve\u2069 · {short_id(EVE)}"
    assert [owner_cell(run) for run in (mine, nobodys, command)] == [
        "you",
        f"visitor {short_id('x')}",
        "command line",
    ]
