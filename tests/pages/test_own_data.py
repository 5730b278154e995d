"""Own data sets on the pages: listed, trained on, evaluated, deleted by their owner alone."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from model_store import Run
from model_store.recipe.recipe import Recipe
from pages.ui.data.own_sets_view import first_recipe
from pages.ui.frame.dataset_choices import dataset_choices
from pages.ui.services import singletons
from pages.ui.state import selection
from tests.support.compare_page import Visit
from tests.support.components import (
    basic_fields,
    change_fields,
    component_data,
    press_start,
    send_event,
)
from tests.support.drawings import seven
from tests.support.finished_runs import finished_run
from tests.support.learner import ME, as_learner
from tests.support.own_files import csv
from tests.support.own_sets import about, made_up_set, stored
from tests.support.page_text import address, errors, html, words
from tests.support.session import is_kept, keep
from training.data.found_pictures import Collector, Found, LeftOut
from training.data.own_files import read_files
from training.data.own_sets import Card


@pytest.fixture(autouse=True)
def me(monkeypatch: pytest.MonkeyPatch) -> None:
    as_learner(monkeypatch)


def brought(classes: int = 3, owner: str = ME, label: str = "Our animals") -> Card:
    return stored(singletons.store().root, classes, owner, label)


def trained(card: Card, **settings: Any) -> Run:
    recipe = first_recipe(card).with_(**settings)
    data = singletons.own_sets().load(card.name)
    return finished_run(singletons.store(), recipe, ME, facts={"data": data.fingerprint})


def links(at: AppTest) -> list[str]:
    return [link.proto.label for link in at.get("page_link")]


def test_the_list_has_ones_own_sets_and_shared_ones(visit: Visit) -> None:
    brought(label="Mine")
    brought(owner="bob", label="His")
    sets = singletons.own_sets()
    sets.add(made_up_set(4), about(4, label="For all"), "bob", shared=True)
    at = visit("data", dataset="own")
    assert {"Mine", "For all"} <= set(links(at))
    assert "His" not in links(at)
    assert "3 classes, 60 training images and 12 test images. Added by you." in words(at)
    assert "Source: drawn by class 9b; CC0." in words(at)


@pytest.mark.parametrize("view", ["image", "grid", "classes", "means", "numbers"])
def test_every_view_of_an_own_set(visit: Visit, view: str) -> None:
    card = brought()
    at = visit("data", dataset=card.name, view=view)
    assert not at.exception
    assert errors(at) == ""
    chooser = next(group for group in at.get("button_group") if group.key == "linked_dataset")
    assert chooser.value == card.name
    assert at.selectbox(key="linked_class").options == [
        "all classes",
        "0: cat",
        "1: dog",
        "2: a fish",
    ]


def test_others_see_a_set_by_its_link_but_cannot_delete_it(visit: Visit) -> None:
    at = visit("data", dataset=brought(owner="bob").name)
    assert errors(at) == ""
    assert "Added by visitor" in words(at)
    assert "delete_set_now" not in [button.key for button in at.button]


def test_the_owner_deletes_a_set_and_its_run_still_answers(visit: Visit) -> None:
    card = brought()
    run = trained(card)
    assert "cat" in words(visit("evaluate", run=run.id)) + html(visit("evaluate", run=run.id))
    at = visit("data", dataset=card.name)
    at.button(key="delete_set_now").click().run()
    assert singletons.own_sets().cards() == []
    assert address(at)["dataset"] == "own"
    gone = visit("data", dataset=card.name)
    assert "deleted, or it never was here" in errors(gone)
    evaluation = visit("evaluate", run=run.id)
    assert not evaluation.exception
    assert "is not on this server" in errors(evaluation)
    for page, view in (("evaluate", "weights"), ("evaluate", "take"), ("draw", ""), ("train", "")):
        at = visit(page, run=run.id, **({"view": view} if view else {}))
        assert not at.exception, page
    assert "was deleted" in words(visit("evaluate", run=run.id, view="take"))


@pytest.mark.parametrize(
    "view", ["figures", "matrix", "pictures", "calibration", "weights", "drawings"]
)
def test_every_view_of_a_run_with_three_classes(visit: Visit, view: str) -> None:
    at = visit("evaluate", run=trained(brought()).id, view=view)
    assert not at.exception
    assert errors(at) == ""


def test_the_form_trains_on_an_own_set(visit: Visit) -> None:
    card = brought()
    at = visit("train", recipe=first_recipe(card).to_link())
    assert errors(at) == ""
    assert "784-64-3" in basic_fields(at)["size"]
    assert basic_fields(at)["datasets"][-1] == [card.name, "Our animals"]
    press_start(at)
    (run,) = singletons.store().newest(1)
    assert run.recipe.own == card.about
    assert run.recipe.dataset == card.name
    change_fields(at, dataset="digits")
    assert "784-64-10" in basic_fields(at)["size"]


def test_a_link_to_a_set_that_is_gone_says_so(visit: Visit) -> None:
    card = brought()
    link = first_recipe(card).to_link()
    singletons.own_sets().delete(card.name, ME)
    at = visit("train", recipe=link)
    assert "Our animals is not on this server" in errors(at)
    sweep = visit("sweep", recipe=link)
    assert not sweep.exception


def test_sets_with_one_title_can_be_told_apart() -> None:
    names = [brought(3).name, brought(4).name, brought(5, label="MNIST").name]
    found = dataset_choices(Recipe())
    assert sorted(found[name].title for name in names) == [
        *("MNIST (2)", "Our animals", "Our animals (2)")
    ]


def found_bars() -> Found:
    import io

    return read_files([("bars.csv", io.BytesIO(csv(3, 10) + b"1,2,3\n"))], Collector())


def with_files(visit: Visit) -> AppTest:
    """Open the form as it is after files were read."""
    at = visit("data", dataset="own")
    keep(at, selection.found_data.key, found_bars())
    return at.run()


def test_what_was_found_is_shown_named_and_added(visit: Visit) -> None:
    at = with_files(visit)
    assert "30 pictures in 3 classes" in words(at)
    assert html(at).count('class="lab-pair"') == 6
    assert "Left out: 1" in words(at)
    at.text_input(key="own_label").set_value("Bars")
    at.text_input(key="own_class_1_1").set_value("middle")
    next(b for b in at.button if b.label == "Add this data set").click().run()
    assert errors(at) == ""
    (card,) = singletons.own_sets().cards()
    assert card.about.class_names == ("0", "middle", "2")
    assert (card.about.train, card.about.test) == (24, 6)
    assert not card.shared
    assert address(at)["dataset"] == card.name
    assert not is_kept(at, selection.found_data.key)


def test_names_of_files_stay_text(visit: Visit) -> None:
    name = "![x](https://evil.example/pixel.png)"
    found = Found(("a", "b"), *read_labels(), None, (), (LeftOut("It is no picture.", 1, (name,)),))
    at = visit("data", dataset="own")
    keep(at, selection.found_data.key, found)
    at.run()
    (shown,) = [
        cell for table in at.table for cell in table.value.to_numpy().ravel() if "evil" in str(cell)
    ]
    assert shown.startswith("\\!\\[x\\]")


def read_labels() -> tuple[Any, Any]:
    read = found_bars()
    return read.images, read.labels % 2


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("own_label", "", "The name of a data set"),
        ("own_label", "[x](y)", "none of"),
        ("own_class_1_1", "", "name of a class"),
        ("own_class_1_1", "0", "Two classes have the same name"),
        ("own_licence", "`x`", "Source and licence"),
    ],
)
def test_a_name_that_cannot_be_used_loses_nothing(
    visit: Visit, key: str, value: str, sentence: str
) -> None:
    at = with_files(visit)
    at.text_input(key="own_label").set_value("Bars")
    at.text_input(key=key).set_value(value)
    next(b for b in at.button if b.label == "Add this data set").click().run()
    assert sentence in errors(at)
    assert "30 pictures" in words(at), "what was found is still there"
    assert singletons.own_sets().cards() == []


def test_compare_filters_by_an_own_set(visit: Visit) -> None:
    card = brought()
    run = trained(card)
    at = visit("compare", dataset=card.name)
    assert not at.exception
    assert run.recipe.data.title in at.selectbox(key="linked_dataset").options


def test_a_first_recipe_suits_sets_of_any_size() -> None:
    for train in (2, 5, 20, 200):
        sets = singletons.own_sets()
        card = sets.add(made_up_set(3, train, 2), about(3, train, 2), ME)
        assert first_recipe(card).batch_size <= first_recipe(card).train_images


def test_the_class_drawings_become_a_set_with_other_names(visit: Visit) -> None:
    at = visit("data", dataset="own", **{"from": "class"})
    assert "No drawings yet" in html(at)
    drawings = [seven(2.0 * n, n % 2, "bob") for n in range(6)]
    singletons.class_drawings().add_all(drawings)
    at = visit("data", dataset="own", **{"from": "class"})
    assert "6 drawings." in words(at)
    at.button(key="own_use_class").click().run()
    at.text_input(key="own_label").set_value("Letters")
    at.text_input(key="own_class_0_0").set_value("A")
    at.text_input(key="own_class_1_1").set_value("B")
    next(b for b in at.button if b.label == "Add this data set").click().run()
    assert errors(at) == ""
    (card,) = singletons.own_sets().cards()
    assert card.about.class_names == ("A", "B")
    assert (card.about.train, card.about.test) == (4, 2)


def drawn(at: AppTest, place: int, *strokes: dict[str, Any]) -> AppTest:
    """Press the button of a class with strokes on the pad."""
    value = {"digit": place, "strokes": list(strokes), "cleared": True}
    return send_event(at, "label_buttons", "label", value)


def test_drawings_with_a_class_become_a_set(visit: Visit) -> None:
    at = visit("data", dataset="own", **{"from": "drawn"})
    at.text_input(key="own_signs").set_value(" bar, BAR, roof,, ").run()
    (data,) = component_data(at, "label_buttons")
    assert data["names"] == ["bar", "roof"], "each once"
    assert "Nothing drawn yet" in html(at)
    for number in range(3):
        for place, end in ((0, (100.0, 250.0)), (1, (250.0, 40.0 + number))):
            line = {"width": 20, "points": [(100.0, 40.0), end]}
            at = drawn(at, place, line)
    assert "bar: 3" in html(at) and "roof: 3" in html(at)
    at = send_event(at, "label_buttons", "undo", True)
    assert "roof: 2" in html(at)
    at = drawn(at, 7, {"width": 20, "points": [(100.0, 40.0), (10.0, 10.0)]})
    at = drawn(at, 0, {"width": 1e9, "points": "x"})
    at = drawn(at, 0)
    assert "bar: 3" in html(at) and "roof: 2" in html(at), "hostile and blank ones do not count"
    at.button(key="own_use_drawn").click().run()
    assert "5 pictures in 2 classes" in words(at)


@pytest.mark.parametrize("text", ["", "A", "A, a", ",".join("ABCDEFGHIJK")])
def test_classes_that_are_too_few_or_too_many_are_counted(visit: Visit, text: str) -> None:
    at = visit("data", dataset="own", **{"from": "drawn"})
    at.text_input(key="own_signs").set_value(text).run()
    assert "A data set has 2 to 10 classes" in words(at)
    assert component_data(at, "label_buttons") == []
