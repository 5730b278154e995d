"""The Compare page run by AppTest, and finished runs for it."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from model_store import Run
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.services import singletons
from tests.support.components import component_data
from tests.support.finished_runs import finished_run

Visit = Callable[..., AppTest]
BASE = Recipe("", "digits", (Hidden(8),), epochs=4, validation="test", seed=1)
ME = "me-and-nobody-else"  # the visitor's id


def trained(recipe: Recipe = BASE, owner: str = ME, **record: Any) -> Run:
    """Add a finished run to the pages' own store."""
    return finished_run(singletons.store(), recipe, owner, **record)


def table(at: AppTest) -> dict[str, Any]:
    """Return the data of the table of runs."""
    (found,) = component_data(at, "run_table")
    return dict(found)


def shown(at: AppTest) -> list[str]:
    """Return the ids of the runs in the table."""
    return [row["id"] for row in table(at)["rows"]]


def chosen(visit: Visit, *runs: Run) -> AppTest:
    """Open the page with these runs chosen."""
    return visit("compare", run=[run.id for run in runs])


def press(at: AppTest, key: str) -> AppTest:
    """Click a button."""
    at.button(key=key).click().run()
    assert not at.exception, at.exception
    return at
