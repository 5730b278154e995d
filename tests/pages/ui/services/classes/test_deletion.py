"""Delete this class: no file and no table of the store has anything of its members any more."""

import pytest

from model_store import RunNotFound, StoreError
from model_store.recipe.recipe import Recipe
from model_store.storage.run_query import owner_hash
from pages.ui.services import singletons
from pages.ui.services.classes.deletion import delete_class, remove_member
from tests.support.class_work import SMALL, a_class, draw, enter, join, race, start
from tests.support.drawings import seven
from tests.support.engines import until
from tests.support.finished_runs import finished_run
from tests.support.own_sets import stored
from training.sweeps.plan import Plan
from training.sweeps.search_space import Values

ADA, BEN = "visitor-ada-7f3k", "visitor-ben-9d2m"
STROKE = "61.5"  # a coordinate that only Ada's drawing has


def store_bytes() -> bytes:
    """Return every file below the store, the names of the files included."""
    root = singletons.store().root
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    assert any(path.name.startswith("store.sqlite3") for path in files), "the database is searched"
    return b"".join(str(path).encode() + path.read_bytes() for path in files)


def traces(*words: str) -> set[str]:
    found = store_bytes()
    return {word for word in words if word.encode() in found}


def test_a_deleted_class_leaves_no_trace_of_its_members() -> None:
    found = a_class(name="Class of Tuesday")
    ada, ben = join(found, ADA, "Nickname-Ada"), join(found, BEN, "Nickname-Ben")
    start(found, "draw")
    draw(found, ada)
    raw = {
        "label": 7,
        "ink": "light",
        "strokes": [{"points": [[61.5, 70], [210, 70]], "width": 20}],
    }
    enter(found, ada, "1", raw)
    start(found, "question", {"text": "Which?", "options": ["One-option", "Two-option"]})
    enter(found, ben, "answer", {"option": 1})
    start(found, "race", {"dataset": "digits", "epochs": 4})
    raced = race(found, ada)
    trashed = finished_run(singletons.store(), SMALL, BEN)  # in "Follow me"
    singletons.store().delete(trashed.id)
    queued = singletons.engine().submit(SMALL, BEN)
    sweep = singletons.sweeps().submit(Plan(SMALL, (("seed", Values((0, 1))),)), BEN)
    singletons.display_names().rename(BEN, "Display-Ben")
    singletons.class_drawings().add(seven(owner=ADA))
    singletons.progress().answer(ADA, "softmax", "a/b", "Answer-of-Ada", True)
    brought = stored(singletons.store().root, 3, BEN, "Data-of-Ben")
    words = [
        *("Data-of-Ben", brought.name),
        *(ADA, BEN, "Nickname-Ada", "Nickname-Ben", "Display-Ben", "Answer-of-Ada", STROKE),
        *("One-option", "Class of Tuesday", ada.id, ada.personal_code, ben.personal_code),
        *(raced.id, trashed.id, queued.id, sweep.id, owner_hash(BEN), found.id),
    ]
    assert traces(*words) == set(words), "the search sees what is there"

    with pytest.raises(StoreError, match="being stopped"):
        delete_class(found)
    singletons.sweeps().start()
    until(lambda: singletons.sweeps().open(sweep.id).state.is_finished())
    delete_class(found)

    assert traces(*words) == set()
    assert singletons.classes().find(found.code) is None
    assert len(singletons.class_drawings().all()) == 0


def test_others_keep_what_is_theirs() -> None:
    found, other = a_class(), a_class(name="other")
    early = finished_run(singletons.store(), SMALL, ADA)
    join(found, ADA)
    join(found, "teacher-visitor")
    join(found, BEN)
    join(other, BEN, "Ben")
    kept = [
        early.id,  # from before she joined
        *(finished_run(singletons.store(), SMALL, who).id for who in (BEN, "teacher-visitor", "x")),
    ]
    start(found, "race", {"dataset": "digits", "epochs": 4})
    ben = singletons.classes().member(found.id, BEN)
    assert ben is not None
    raced = race(found, ben)
    delete_class(found)
    for run in kept:
        assert singletons.store().open(run).id == run
    with pytest.raises(RunNotFound):
        singletons.store().open(raced.id)
    assert [each.nickname for each in singletons.classes().members(other.id)] == ["Ben"]


def test_a_member_who_changed_the_phone_is_deleted_with_both() -> None:
    found = a_class()
    ada = join(found, ADA)
    start(found, "race", {"dataset": "digits", "epochs": 4})
    first = race(found, ada)
    extra = finished_run(singletons.store(), SMALL, ADA)
    singletons.classes().join(found.code, "new-phone", personal=ada.personal_code)
    delete_class(found)
    assert traces(ADA, "new-phone", first.id, extra.id) == set()


def test_deleting_again_after_a_failure_finishes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = a_class()
    join(found, ADA, "Nickname-Ada")
    with monkeypatch.context() as patch:
        patch.setattr(singletons.progress(), "forget", failing)
        with pytest.raises(OSError, match="disk"):
            delete_class(found)
    assert singletons.classes().find(found.code) is not None
    delete_class(found)
    assert traces(ADA, "Nickname-Ada") == set()


def failing(*_args: object) -> None:
    raise OSError("disk")


def test_a_removed_member_leaves_nothing_in_the_class() -> None:
    found = a_class()
    ada, ben = join(found, ADA, "Nickname-Ada"), join(found, BEN, "Nickname-Ben")
    start(found, "race", {"dataset": "digits", "epochs": 4})
    gone, kept = race(found, ada), race(found, ben)
    remove_member(found, ada)
    assert traces("Nickname-Ada", ada.personal_code, ADA, gone.id) == set()
    assert singletons.store().open(kept.id).owner == BEN
    assert [each.id for each in singletons.classes().members(found.id)] == [ben.id]


def test_a_deleted_class_does_not_stop_the_engine() -> None:
    found = a_class()
    ada = join(found, ADA)
    start(found, "race", {"dataset": "digits", "epochs": 4})
    run = singletons.engine().submit(Recipe(dataset="digits", hidden=(), epochs=4), ADA)
    enter(found, ada, "run", {"run": run.id, "settings": {}})
    stays = singletons.engine().submit(SMALL, "somebody")
    delete_class(found)
    assert singletons.engine().position(stays.id) == 0
