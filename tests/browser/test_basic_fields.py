"""The form's first fields: layers, learning rate and epochs, which the browser draws."""

import re
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from model_store import ModelStore
from model_store.recipe.recipe import Hidden
from pages.ui import browser
from tests.support.app_server import Server
from tests.support.browser_page import settled, turn_to

INCREMENT = """async ([modules, ...given]) =>
  (await import(`${location.origin}${modules}/basic_fields.js`)).increment(...given)"""


def test_layers_come_and_go_at_once_and_start_takes_what_is_typed(
    made_up: Server, guest: Page
) -> None:
    turn_to(guest, f"{made_up.url}/train?recipe=digits-quick")
    fields = guest.locator(".lab-basics")
    units = fields.get_by_role("spinbutton", name=re.compile("Units"))
    expect(units).to_have_value("64")
    fields.get_by_role("button", name="Add a hidden layer").click()
    second = fields.get_by_role("spinbutton", name="Units of hidden layer 2")
    expect(second).to_be_focused()
    expect(second).to_have_value("128")
    second.fill("7")
    second.press("Enter")
    expect(fields).to_contain_text("784-64-7-10")
    fields.get_by_role("button", name="Remove layer 1").click()
    expect(units).to_have_value("7")
    expect(fields.get_by_role("button", name="Remove layer 1")).to_be_focused()
    expect(fields).to_contain_text("784-7-10")

    guest.get_by_role("combobox", name="Recipe").hover()  # not on the button to come
    fields.get_by_role("spinbutton", name="Epochs").fill("2")
    fields.get_by_role("spinbutton", name="Learning rate").fill("0.03")
    guest.get_by_role("button", name="Start training").click()  # it still has the focus
    guest.wait_for_url("**run=**")
    settled(guest)
    with closing(ModelStore(made_up.store)) as store:
        (run,) = store.newest(1)
    recipe = run.recipe
    assert (recipe.hidden, recipe.learning_rate, recipe.epochs) == ((Hidden(7),), 0.03, 2)


def test_another_recipe_and_data_set_are_chosen_by_keyboard_and_stay(
    lab: Server, guest: Page
) -> None:
    turn_to(guest, f"{lab.url}/train")
    fields = guest.locator(".lab-basics")
    recipe = fields.get_by_role("combobox", name="Recipe")
    recipe.focus()
    recipe.press("ArrowDown")
    guest.wait_for_url("**recipe=digits-softmax**")
    expect(recipe).to_have_value("digits-softmax")
    expect(recipe).to_be_focused()
    expect(fields).to_contain_text("784-10: 7,850 parameters")
    dataset = fields.get_by_role("combobox", name="Data set")
    expect(dataset).to_have_value("digits")
    dataset.select_option("Fashion-MNIST")
    missing = guest.get_by_text("Fashion-MNIST is not on this machine yet.")
    expect(missing).to_be_visible()
    expect(fields.get_by_role("button", name="Start training")).to_be_hidden()
    fields.get_by_role("spinbutton", name="Epochs").fill("3")
    fields.get_by_role("spinbutton", name="Epochs").press("Enter")
    settled(guest)
    expect(dataset).to_have_value("fashion_mnist")
    dataset.select_option("digits")
    expect(missing).to_be_hidden()
    expect(fields.get_by_role("button", name="Start training")).to_be_enabled()
    vary = fields.get_by_role("link", name="Vary it in a sweep")
    vary.click()
    guest.wait_for_url("**/sweep?recipe=**")
    guest.go_back()
    guest.wait_for_url("**/train?**")
    settled(guest)
    expect(fields.get_by_role("spinbutton", name="Epochs")).to_have_value("3")


def test_start_is_pressed_once(made_up: Server, guest: Page) -> None:
    with closing(ModelStore(made_up.store)) as store:
        before = {run.id for run in store.newest(99)}
        turn_to(guest, f"{made_up.url}/train?recipe=digits-softmax")
        guest.get_by_role("button", name="Start training").dblclick()
        guest.wait_for_url("**run=**")
        settled(guest)
        assert len({run.id for run in store.newest(99)} - before) == 1


def test_without_a_layer_it_is_a_softmax_regression(lab: Server, guest: Page) -> None:
    turn_to(guest, f"{lab.url}/train?recipe=digits-softmax")
    fields = guest.locator(".lab-basics")
    says = fields.get_by_text("No hidden layer: a softmax regression.")
    expect(says).to_be_visible()
    fields.get_by_role("button", name="Add a hidden layer").click()
    expect(says).to_be_hidden()
    expect(fields).to_contain_text("784-128-10")
    fields.get_by_role("button", name="Remove layer 1").press("Enter")
    expect(fields.get_by_role("button", name="Add a hidden layer")).to_be_focused()
    expect(says).to_be_visible()
    expect(fields).to_contain_text("784-10")


def test_a_problem_stands_below_its_field_and_goes_when_it_is_mended(
    lab: Server, guest: Page
) -> None:
    turn_to(guest, f"{lab.url}/train?recipe=digits-quick")
    rate = guest.get_by_role("spinbutton", name="Learning rate")
    problem = guest.get_by_text(re.compile("Learning rate must be a number from"))
    start = guest.get_by_role("button", name="Start training")
    for wrong in ("0", "-1", "", "1e9"):
        rate.fill(wrong)
        rate.press("Tab")
        expect(problem).to_be_visible()
        expect(rate).to_have_attribute("aria-invalid", "true")
        expect(rate).to_have_accessible_description(re.compile("must be a number"))
        expect(start).to_be_disabled()
        rate.fill("0.01")
        rate.press("Enter")
        expect(problem).to_be_hidden()
        expect(start).to_be_enabled()


def test_arrow_keys_are_told_when_they_rest(lab: Server, guest: Page) -> None:
    turn_to(guest, f"{lab.url}/train?recipe=digits-quick")
    units = guest.get_by_role("spinbutton", name="Units of hidden layer 1")
    units.fill("4095")
    for _ in range(3):
        units.press("ArrowUp")
    expect(units).to_have_value("4096")
    expect(guest.locator(".lab-basics")).to_contain_text("784-4096-10")
    rate = guest.get_by_role("spinbutton", name="Learning rate")
    for key in ("ArrowUp", "ArrowDown", "ArrowDown"):
        rate.press(key)
    expect(rate).to_have_value("0.0009")


def test_another_optimizer_brings_its_own_learning_rate(lab: Server, guest: Page) -> None:
    turn_to(guest, f"{lab.url}/train?recipe=digits-quick")
    rate = guest.get_by_role("spinbutton", name="Learning rate")
    rate.fill("0.02")
    rate.press("Enter")
    guest.get_by_text("All settings").click()
    optimizer = guest.get_by_role("combobox", name="Optimizer")

    def choose(name: str) -> None:
        optimizer.click()
        guest.get_by_role("option", name=name, exact=True).click()
        settled(guest)

    choose("SGD")
    expect(rate).to_have_value("0.01")
    choose("Adam")
    expect(rate).to_have_value("0.02")
    guest.get_by_text("All settings").click()
    settled(guest)


@pytest.mark.parametrize(
    ("value", "low", "step", "is_up", "added"),
    [
        (0.001, 1e-7, None, True, 0.001),
        (0.001, 1e-7, None, False, -0.0001),
        (0.0025, 1e-7, None, False, -0.001),
        (0.03, 1e-7, None, True, 0.01),
        (1, 1e-7, None, True, 1),
        (0, 1e-7, None, True, 1e-7),
        (128, 1, None, True, 1),
        (128, 1, None, False, -1),
        (0.5, 0, 0.05, True, 0.05),
    ],
)
def test_an_arrow_key_adds_a_step_or_one_of_the_first_digit(
    bare: Page, value: float, low: float, step: float | None, is_up: bool, added: float
) -> None:
    found = bare.evaluate(INCREMENT, [browser.modules_path(), value, low, step, is_up])
    assert found == pytest.approx(added, rel=1e-9)
