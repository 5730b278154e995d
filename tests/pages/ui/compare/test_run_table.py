"""Table of runs: its cells, its columns, and no owner's id."""

import json

from pages.ui.figures.theme import percent
from pages.ui.services import model_cache, singletons
from tests.support.compare_page import BASE, ME, Visit, chosen, shown, table, trained
from tests.support.drawings import sevens
from tests.support.page_text import html, words


def test_the_table_shows_each_runs_figures_newest_first(visit: Visit) -> None:
    old, new = trained(), trained(BASE.with_(learning_rate=0.01), "somebody")
    at = visit("compare")
    assert shown(at)[:2] == [new.id, old.id]
    cells = {name: cell["text"] for name, cell in table(at)["rows"][1]["cells"].items()}
    when = cells.pop("when")
    assert when.startswith("20")
    assert cells == {
        "ours": "–",
        "state": "done",
        "test": "80.00 %",
        "best": "90.00 %",
        "last": "80.00 %",
        "seconds": "6.0 s",
        "parameters": "6,370",
        "owner": "you",
    }
    assert table(at)["rows"][1]["line"] == (
        "Digits (offline) · 784-8-10 ReLU · Adam 0.001 · batch 32 · 4 epochs"
    )
    assert table(at)["rows"][0]["cells"]["owner"]["text"].startswith("visitor ")


def test_no_owners_id_is_shown(visit: Visit) -> None:
    run = trained(owner="a secret owner id")
    at = chosen(visit, run, trained())
    everything = json.dumps(table(at)) + html(at) + words(at)
    assert "a secret owner" not in everything and ME not in everything


def test_the_table_of_runs_has_a_column_once_there_are_drawings(visit: Visit) -> None:
    run = trained()
    assert "ours" not in [column["key"] for column in table(visit("compare"))["columns"]]
    singletons.class_drawings().add_all(sevens(8))
    data = table(visit("compare", sort="ours"))
    heads = [column["key"] for column in data["columns"]]
    assert heads.index("ours") == heads.index("test") + 1
    answers = model_cache.drawing_results(run)
    assert answers is not None
    cells = {row["id"]: row["cells"]["ours"]["text"] for row in data["rows"]}
    assert cells[run.id] == percent(answers.evaluation.accuracy)
    assert cells["starter-mnist"] == "100.0 %"
    assert cells["starter-fashion-mnist"] == "–"
    assert list(cells)[-1] == "starter-fashion-mnist", "a model without this accuracy is last"
    accuracies = [float(text.removesuffix(" %")) for text in list(cells.values())[:-1]]
    assert accuracies == sorted(accuracies, reverse=True)


def test_a_run_with_damaged_weights_has_no_figure(visit: Visit) -> None:
    singletons.class_drawings().add_all(sevens(3))
    run = trained()
    (run.folder / "weights.npz").write_bytes(b"PK nothing")
    assert model_cache.drawing_accuracy(run) is None
    assert model_cache.drawing_accuracy(singletons.store().create(BASE)) is None, "not trained yet"
    assert not visit("compare").exception
    assert len(visit("evaluate", run="starter-mnist", view="drawings").table[0].value) >= 1
