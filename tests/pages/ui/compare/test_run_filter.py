"""Filter and order of the table of runs: by the address and by hand."""

from datetime import datetime

import pytest

from model_store.classroom.display_names import short_id
from pages.ui.services import singletons
from tests.support.compare_page import BASE, ME, Visit, shown, trained
from tests.support.page_text import html


def test_the_address_filters_and_sorts(visit: Visit) -> None:
    slow = trained(BASE.with_(optimizer="sgd"), validation=(0.1, 0.2, 0.3, 0.4))
    fast = trained()
    theirs = trained(owner="somebody")
    assert shown(visit("compare", find="sgd digits")) == [slow.id]
    assert shown(visit("compare", whose="me")) == [fast.id, slow.id]
    up = shown(visit("compare", sort="best", order="up", dataset="digits"))
    assert up[0] == slow.id and set(up[1:]) == {fast.id, theirs.id}
    sign = short_id("somebody")
    assert shown(visit("compare", whose=sign)) == [theirs.id]
    at = visit("compare", state="failed")
    assert "No run found" in html(at)
    at.text_input(key="linked_find").set_value("sgd").run()
    at.selectbox(key="linked_state").set_value("").run()
    assert shown(at) == [slow.id]


def test_runs_are_found_by_owner_and_date(visit: Visit) -> None:
    mine, anas = trained(), trained(owner="somebody")
    singletons.display_names().rename("somebody", "Ana")
    at = visit("compare", find="ana")
    assert shown(at) == [anas.id]
    assert f"\u2068Ana\u2069 · {short_id('somebody')}" in at.selectbox(key="linked_whose").options
    today = f"{datetime.fromtimestamp(mine.created):%Y-%m-%d}"
    assert shown(visit("compare", find=today)) == [anas.id, mine.id]
    singletons.display_names().rename(ME, "Bo")
    assert shown(visit("compare", find="bo")) == [mine.id], "not only as 'you'"


def test_trials_are_shown_when_asked_for(visit: Visit) -> None:
    single = trained()
    assert len(visit("compare").checkbox) == 0
    trial = singletons.store().create(BASE, ME, sweep="sweep-1")
    at = visit("compare")
    assert shown(at)[0] == single.id and trial.id not in shown(at)
    at.checkbox(key="linked_trials").check().run()
    assert not at.exception
    assert shown(at)[:2] == [trial.id, single.id] and "trials" in at.query_params
    assert trial.id not in shown(visit("compare", whose="single")), "an old link"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"sort": "'; drop", "order": "sideways"},
        {"page": "-3"},
        {"page": "99999999"},
        {"dataset": "cats", "state": "?", "whose": "x"},
        {"find": "[(*\\" * 200},
    ],
)
def test_nonsense_in_the_address_is_passed_over(visit: Visit, nonsense: dict[str, str]) -> None:
    trained()
    at = visit("compare", **nonsense)
    assert not at.error
