"""Entry script: settings for the whole server."""

import gettext
import importlib

import pytest


def test_a_sentence_is_not_looked_for_on_the_disk_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gettext, "translation", gettext.translation)  # as it was, after this test
    importlib.reload(importlib.import_module("app"))
    assert gettext.gettext("Clear") == "Clear"
    monkeypatch.setattr("os.path.exists", lambda path: pytest.fail(f"looked for {path}"))
    assert gettext.gettext("Undo") == "Undo"
