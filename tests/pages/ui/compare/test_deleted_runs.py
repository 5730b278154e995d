"""Deleted runs: undo, and restore for their owners."""

from pages.ui.services import singletons
from tests.support.compare_page import BASE, Visit, chosen, press, shown, table, trained
from tests.support.page_text import words


def test_deleting_can_be_undone(visit: Visit) -> None:
    one, other = trained(BASE.with_(name="First")), trained()
    at = press(chosen(visit, one, other), f"delete_{one.id}")
    assert one.id not in shown(at) and table(at)["chosen"] == [other.id]
    assert "Deleted: **First**" in words(at)
    at = press(at, "undo")
    assert one.id in shown(at) and set(table(at)["chosen"]) == {one.id, other.id}
    assert "Deleted:" not in words(at)


def test_what_was_deleted_before_lies_in_its_owners_bin(visit: Visit) -> None:
    mine, theirs = trained(), trained(owner="somebody")
    for run in (mine, theirs):
        singletons.store().delete(run.id)
    at = visit("compare")
    assert [b.key for b in at.button] == [f"restore_{mine.id}"]
    at = press(at, f"restore_{mine.id}")
    assert mine.id in shown(at) and theirs.id not in shown(at)


def test_a_bin_that_was_emptied_meanwhile_gets_a_sentence(visit: Visit) -> None:
    run = trained()
    at = press(chosen(visit, run), f"delete_{run.id}")
    singletons.store().forget(run.id)
    at.run()
    assert "Deleted:" not in words(at) and not at.exception
