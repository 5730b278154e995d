"""Compare: runs chosen by links and in the table, and what a new visitor sees."""

from urllib.parse import parse_qs

import pytest

from model_store.analysis.recipe_diff import settings
from model_store.recipe.recipe import Recipe
from pages.ui.runs.run_marks import LETTERS
from tests.support.compare_page import ME, Visit, chosen, press, table, trained
from tests.support.page_text import html, words


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: ME)


def test_without_runs_it_says_how_to_get_two_worth_comparing(visit: Visit) -> None:
    at = visit("compare")
    assert "No run of your own yet" in html(at)
    links = [link.proto for link in at.get("page_link")]
    recipes = [Recipe.from_link(parse_qs(link.query_string)["recipe"][0]) for link in links]
    assert len(recipes) == 2
    differing = {
        name for name, value in settings(recipes[0]).items() if settings(recipes[1])[name] != value
    }
    assert differing == {"learning_rate"}
    assert {row["cells"]["owner"]["text"] for row in table(at)["rows"]} == {"the app"}


def test_a_missing_run_is_reported_and_the_others_are_shown(visit: Visit) -> None:
    run = trained()
    at = visit("compare", run=[run.id, "20260101-000000-gone-abcdef", "../../etc"])  # type: ignore[arg-type]
    assert "Some runs of this link" in words(at)
    assert table(at)["chosen"] == [run.id]


def test_more_runs_than_colours_are_not_compared(visit: Visit) -> None:
    runs = [trained() for _n in range(len(LETTERS) + 1)]
    at = chosen(visit, *runs)
    assert len(table(at)["chosen"]) == len(LETTERS)
    assert table(at)["full"] is True
    letters = [row["mark"]["letter"] for row in table(at)["rows"] if row["mark"]]
    assert sorted(letters) == list(LETTERS)


def test_a_choice_is_undone_at_once(visit: Visit) -> None:
    at = press(chosen(visit, trained(), trained()), "none")
    assert table(at)["chosen"] == []
