"""Home: the first network of a newcomer, and the order of the pages."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from model_store.storage.run_query import RunQuery
from pages.ui.frame import navigation
from pages.ui.services import singletons
from tests.support.components import component_data
from tests.support.finished_runs import all_runs
from tests.support.page_text import html

Visit = Callable[..., AppTest]


def test_one_button_trains_a_network_on_digits(visit: Visit) -> None:
    at = visit("home")
    at.button(key="teach").click().run()
    (run,) = [run for run in all_runs(singletons.store()) if not run.shipped]
    assert run.recipe.dataset == "digits", "no download is needed"
    assert run.recipe.title == "My first network"


def test_cards_follow_the_order_of_the_navigation(visit: Visit) -> None:
    (steps,) = component_data(visit("home"), "first_steps")
    addresses, icons, labels = zip(*steps["cards"], strict=True)
    assert addresses == ("./data", "./train", "./draw", "./evaluate", "./compare", "./sweep")
    assert [label[2] for label in labels] == list("123456")
    assert [label.split("*")[-2] for label in labels]
    assert [f":material/{icon}:" for icon in icons] == [
        navigation.ENTRIES[address[2:]].icon for address in addresses
    ]
    assert list(navigation.ENTRIES)[1:] == [
        *("learn", "classroom", "data", "train", "draw", "evaluate", "compare", "sweep")
    ]


def test_one_link_leads_to_the_lesson_to_begin_with(visit: Visit) -> None:
    (steps,) = component_data(visit("home"), "first_steps")
    (address, _icon, label), (classes, *_rest) = steps["first"]
    assert address == "./learn?lesson=softmax" and classes == "./classroom"
    assert "What does softmax do?" in label and "minutes" in label


def test_the_state_of_the_server_is_one_element(visit: Visit) -> None:
    at = visit("home")
    (facts,) = [body for body in html(at).split("<dl ") if 'class="lab-facts"' in body]
    models = singletons.store().count(RunQuery(has_model=True))
    assert f"<dt>Models to draw for</dt><dd>{models}</dd>" in facts and facts.count("<dt>") == 5
    assert not at.metric, "each one would be an element"


def test_facts_show_text_as_it_is() -> None:
    at = AppTest.from_function(_strange_facts).run()
    assert "<dt>&lt;b&gt;</dt><dd>&lt;script&gt;&amp;</dd>" in html(at)


def _strange_facts() -> None:
    from pages.ui.frame import layout

    layout.facts({"<b>": "<script>&"})
