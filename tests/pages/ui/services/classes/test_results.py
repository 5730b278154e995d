"""Results of activities from the store: what the board shows at the reveal."""

from dataclasses import replace
from typing import Any

from model_store.classroom.classes import Activity, SchoolClass
from model_store.recipe.choices import DIGITS
from model_store.recipe.own_data import describe
from pages.ui.services import records, singletons
from pages.ui.services.classes.report import class_report
from pages.ui.services.classes.results import activity_result, reader, real_curve
from tests.support.class_work import SMALL, a_class, draw, enter, join, race, start
from tests.support.finished_runs import finished_run
from tests.support.own_sets import own_recipe


def result(found: SchoolClass, activity: Activity) -> Any:
    return activity_result(found, activity)


def test_drawings_are_read_by_the_built_in_network() -> None:
    found = a_class()
    ada, ben = join(found, "a", "Ada"), join(found, "b")
    activity = start(found, "draw", {"count": 2})
    assert result(found, activity) is None, "before the first drawing"
    draw(found, ada, "0")
    draw(found, ada, "1", label=2)  # a 7 that is called a 2
    draw(found, ben, "0")
    shown = result(found, activity)
    assert (shown["correct"], shown["all"]) == (2, 3)
    assert (shown["test"], shown["dataset"]) == (0.9891, "mnist")
    assert 0 < shown["interval"][0] < 2 / 3 < shown["interval"][1] < 1
    (mistake,) = shown["mistakes"]
    assert (mistake["member"], mistake["slot"]) == (ada.id, "1")
    assert (mistake["label"], mistake["read"]) == (2, 7)


def test_drawings_are_read_by_the_network_that_the_teacher_has_chosen() -> None:
    found = a_class()
    ada = join(found, "a", "Ada")
    mine = finished_run(singletons.store(), SMALL, "me", validation=(0.5, 0.6, 0.7, 0.8))
    activity = start(found, "draw", {"model": mine.id})
    draw(found, ada)
    shown = result(found, activity)
    assert (shown["test"], shown["dataset"]) == (0.8, "digits")
    clothes = start(found, "draw", {"model": "starter-fashion-mnist"})
    assert reader(clothes.settings).id == "starter-mnist", "the other knows no digits"
    animals = own_recipe(singletons.store().root, 10, hidden=())
    other = finished_run(singletons.store(), animals, "me")
    assert reader({"model": other.id}).id == "starter-mnist", "ten animals are no digits"
    singletons.store().delete(mine.id)
    assert reader(activity.settings).id == "starter-mnist"
    assert result(found, activity)["test"] == 0.9891


def test_the_network_may_know_digits_that_somebody_brought() -> None:
    found = a_class()
    ada = join(found, "a", "Ada")
    about = describe("Our digits", DIGITS, 40, 10, "", True)
    recipe = replace(SMALL, dataset="own-0123456789abcdef", own=about)
    mine = finished_run(singletons.store(), recipe, "me", validation=(0.5, 0.6, 0.7, 0.8))
    activity = start(found, "draw", {"model": mine.id})
    draw(found, ada)
    shown = result(found, activity)
    assert (shown["test"], shown["dataset"]) == (0.8, "Our digits")
    (reported,) = class_report(found).activities
    assert reported.bars[0][0] == "Test images of Our digits"


def test_hidden_members_are_in_no_result() -> None:
    found = a_class()
    ada, ben = join(found, "a", "Ada"), join(found, "b")
    activity = start(found, "draw")
    draw(found, ada, label=2)
    draw(found, ben)
    singletons.classes().hide(found.id, ada.id, True)
    shown = result(found, activity)
    assert (shown["correct"], shown["all"], shown["mistakes"]) == (1, 1, [])
    singletons.classes().hide(found.id, ada.id, False)
    assert result(found, activity)["all"] == 2


def test_a_drawing_that_is_drawn_again_is_read_again() -> None:
    found = a_class()
    ada = join(found, "a")
    activity = start(found, "draw")
    draw(found, ada, label=2)
    assert result(found, activity)["correct"] == 0
    draw(found, ada, label=7)
    assert result(found, activity)["correct"] == 1


def test_the_class_and_the_network_disagree() -> None:
    found = a_class()
    ada, ben, eva = (join(found, name, name) for name in ("Ada", "Ben", "Eva"))
    activity = start(found, "fool")
    draw(found, ada, label=2)
    draw(found, ben, label=7)
    singletons.classes().change_activity(activity.id, {**activity.settings, "votes": True})
    for voter in (ben, eva):
        enter(found, voter, f"vote-{ada.id}-0", {"digit": 2})
    shown = result(found, activity)
    assert shown["fooled"] == 1
    first, second = shown["drawings"]
    assert (first["member"], first["class"], first["read"], first["fooled"]) == (
        *(ada.id, 2, 7, True),
    )
    assert (second["member"], second["class"], second["fooled"]) == (ben.id, None, False)


def test_a_race_has_places_and_those_who_still_train() -> None:
    found = a_class()
    ada, ben, eva = (join(found, name, name) for name in ("Ada", "Ben", "Eva"))
    activity = start(found, "race", {"dataset": "digits", "epochs": 4})
    best, worst = race(found, ada, accuracy=0.95), race(found, ben, accuracy=0.5)
    enter(found, eva, "run", {"run": "gone", "settings": {}})
    shown = result(found, activity)
    assert [(each["place"], each["run"]) for each in shown["places"]] == [
        *((1, best.id), (2, worst.id))
    ]
    assert shown["places"][0]["accuracy"] == 0.95
    assert shown["waiting"] == 1
    singletons.store().delete(best.id)
    assert [each["run"] for each in result(found, activity)["places"]] == [worst.id]


def test_guesses_are_compared_with_the_training() -> None:
    found = a_class()
    ada, ben = join(found, "a", "Ada"), join(found, "b", "Ben")
    activity = start(found, "predict", {"recipe": SMALL.to_link()})
    enter(found, ada, "curve", {"points": [0.1, 0.2]})
    enter(found, ben, "curve", {"points": [0.9, 0.9]})
    assert result(found, activity)["guesses"] == []
    run = finished_run(singletons.store(), SMALL, "teacher")
    trained = replace(activity, settings={**activity.settings, "run": run.id})
    shown = result(found, trained)
    assert [each["member"] for each in shown["guesses"]] == [ben.id, ada.id]
    assert shown["guesses"][0]["distance"] == 0
    assert shown["real"] == [[0.25, 0.9], [0.5, 0.9], [0.75, 0.9], [1.0, 0.9]]
    assert real_curve(records.history(run), SMALL)[-1] == (1.0, 0.9)


def test_answers_are_counted() -> None:
    found = a_class()
    settings = {"text": "Which?", "options": ["one", "two", "three"], "right": 1}
    activity = start(found, "question", settings)
    for number, option in enumerate((1, 1, 2)):
        enter(found, join(found, f"visitor {number}"), "answer", {"option": option})
    assert result(found, activity) == {"counts": [0, 2, 1], "given": 3, "right": 1, "correct": 2}
    assert result(found, start(found, "follow", {"path": "/learn"})) is None
