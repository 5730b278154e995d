"""Search for a Chromium, and installation where there is none."""

import sys
from collections.abc import Sequence

import pytest

from tests.browser import chromium


def test_the_named_one_comes_first() -> None:
    found = chromium.find({"SOFTMAX_LAB_CHROMIUM": "/opt/mine"}, lambda name: name, lambda: "own")
    assert found == "/opt/mine"


def test_a_named_one_that_is_not_there_is_not_replaced() -> None:
    assert chromium.find({"SOFTMAX_LAB_CHROMIUM": "/x"}, lambda _name: None, lambda: "own") is None


@pytest.mark.parametrize("name", [*chromium.NAMES, *chromium.PLACES])
def test_one_on_the_path_or_at_a_usual_place(name: str) -> None:
    assert chromium.find({}, {name: f"/bin/{name}"}.get, lambda: "own") == f"/bin/{name}"


def test_playwrights_own_is_last() -> None:
    assert chromium.find({}, lambda _name: None, lambda: "/own") == "/own"


def test_none_at_all() -> None:
    assert chromium.find({}, lambda _name: None, lambda: None) is None


UPDATE = "apt-get update"
SHELL, PACKAGE = (f"apt-get install {package}" for package in chromium.PACKAGES)
PLAYWRIGHT = "playwright install chromium"
WITH_LIBRARIES = "playwright install --with-deps chromium"


@pytest.mark.parametrize(
    ("root", "apt", "works", "expected"),
    [
        (True, True, {UPDATE, SHELL, PACKAGE}, [UPDATE, SHELL]),
        (True, True, {UPDATE, PACKAGE}, [UPDATE, SHELL, PACKAGE]),
        (True, True, {UPDATE, WITH_LIBRARIES}, [UPDATE, SHELL, PACKAGE, WITH_LIBRARIES]),
        (True, True, {PACKAGE, WITH_LIBRARIES}, [UPDATE, WITH_LIBRARIES]),
        (True, False, {PLAYWRIGHT}, [PLAYWRIGHT]),
        (False, True, {PLAYWRIGHT}, [PLAYWRIGHT]),
        (False, True, set(), [PLAYWRIGHT]),
        (True, True, set(), [UPDATE, WITH_LIBRARIES]),
    ],
)
def test_debians_package_for_root_else_playwright(
    root: bool, apt: bool, works: set[str], expected: list[str]
) -> None:
    ran: list[str] = []

    def run(command: Sequence[str]) -> bool:
        words = [word for word in command if word not in (sys.executable, "-m", "-y", "-qq")]
        ran.append(" ".join(words))
        return ran[-1] in works

    ok = chromium.install(run, lambda name: name if apt else None, root)
    assert ran == expected
    assert ok == (expected[-1] in works)


def test_a_command_that_cannot_start_is_no_exception() -> None:
    assert not chromium.run(["/nowhere/apt-get", "update"])


@pytest.mark.parametrize(("code", "ok"), [("0", True), ("3", False)])
def test_a_command_succeeds_by_its_exit_status(code: str, ok: bool) -> None:
    assert chromium.run([sys.executable, "-c", f"raise SystemExit({code})"]) is ok


def test_a_wrong_name_ends_with_a_sentence_and_installs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never() -> bool:
        raise AssertionError("installed")

    monkeypatch.setenv("SOFTMAX_LAB_CHROMIUM", "/nowhere/chromium")
    monkeypatch.setattr(chromium, "install", never)
    assert chromium.main() == 1
    assert capsys.readouterr().out.strip() == chromium.NONE_HERE
