"""How a Chromium is found and, where there is none, installed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.browser import chromium


def test_the_named_one_comes_first() -> None:
    found = chromium.find({"SOFTMAX_LAB_CHROMIUM": "/opt/mine"}, lambda name: name, lambda: "own")
    assert found == "/opt/mine"


def test_a_named_one_that_is_not_there_is_not_replaced() -> None:
    assert chromium.find({"SOFTMAX_LAB_CHROMIUM": "/x"}, lambda _name: None, lambda: "own") is None


@pytest.mark.parametrize("name", chromium.NAMES)
def test_one_on_the_path(name: str) -> None:
    assert chromium.find({}, {name: f"/bin/{name}"}.get, lambda: "own") == f"/bin/{name}"


def test_playwrights_own_is_last() -> None:
    assert chromium.find({}, lambda _name: None, lambda: "/own") == "/own"


@pytest.mark.parametrize(
    ("root", "apt", "works", "expected"),
    [
        (True, True, {"apt-get"}, ["apt-get", "apt-get"]),
        (True, True, {"playwright"}, ["apt-get", "playwright"]),
        (True, False, {"playwright"}, ["playwright"]),
        (False, True, {"playwright"}, ["playwright"]),
        (False, True, set(), ["playwright"]),
    ],
)
def test_debians_package_for_root_else_playwright(
    root: bool, apt: bool, works: set[str], expected: list[str]
) -> None:
    ran: list[str] = []

    def run(command: Sequence[str]) -> bool:
        ran.append("apt-get" if command[0] == "apt-get" else "playwright")
        return ran[-1] in works

    ok = chromium.install(run, lambda name: name if apt else None, root)
    assert ran == expected
    assert ok == bool(works)
