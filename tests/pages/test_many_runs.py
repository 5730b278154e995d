"""Pages in a store of many runs: what a class makes in a year costs no more to look at."""

import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.store import fill
from model_store import ModelStore
from model_store.recipe.recipe import Recipe
from pages.ui.services import singletons
from tests.support.finished_runs import finished_run

Visit = Callable[..., AppTest]
FEW, MANY = 10, 10_000
LEAST, MOST = 3, 12  # looks at each store
ROOM = 0.2  # more time at most


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[int, ModelStore]:
    """Fill a store with few runs and one with many; ten of each have real files."""
    root = tmp_path_factory.mktemp("stores")
    made = {count: ModelStore(root / str(count)) for count in (FEW, MANY)}
    for count, store in made.items():
        for seed in range(FEW):
            finished_run(store, Recipe(dataset="digits", seed=seed), "me")
        fill(store, count - FEW)
    return made


@pytest.mark.parametrize("page", ["draw", "compare", "train", "home", "evaluate"])
def test_a_page_takes_as_long_with_ten_thousand_runs_as_with_ten(
    visit: Visit, stores: dict[int, ModelStore], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """CPU time of this process, the lowest of some looks in turn: neighbours do not count."""
    took: dict[int, list[float]] = {count: [] for count in stores}
    few, many = 0.0, float("inf")
    while len(took[MANY]) < LEAST or (many >= (1 + ROOM) * few and len(took[MANY]) < MOST):
        for count, store in stores.items():
            monkeypatch.setattr(singletons, "store", lambda store=store: store)
            began = time.process_time()
            visit(page)
            took[count].append(time.process_time() - began)
        few, many = (1000 * min(took[count]) for count in stores)
    print(f"{page}: {few:.1f} ms with {FEW} runs, {many:.1f} ms with {MANY:,}")
    assert many < (1 + ROOM) * few
