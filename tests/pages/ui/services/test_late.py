"""What the server loads after it answers browsers."""

import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pages.ui.services import late, live_topics, singletons

ROOT = Path(__file__).resolve().parents[4]
START = """
import gc, sys, threading
import app
early = {"numpy", "sqlalchemy"} & sys.modules.keys()
from pages.ui.services import late, singletons
looks = iter(["starting", "ready"])
class Engine:
    def status(self):
        self.state = next(looks)
        return self
singletons.start, singletons.engine, late.BROWSER, late.LOOK = print, Engine, 0.0, 0.0
late.start()
for each in threading.enumerate():
    if each.name == "late":
        each.join()
some = {"pages.ui.frame.shell", "pages.ui.pad.pad", "pages.ui.runs.run_status"}
known = some & sys.modules.keys()
print(sorted(early), list(looks), sorted(known), gc.isenabled(), gc.get_freeze_count() > 10_000)
"""

FIRST = """
import ast, sys
from importlib import import_module
from pathlib import Path
import app
from pages.ui.services import late
for name in late.FIRST_PAGE:
    import_module(name)
lines = [
    line
    for script in ("pages/home.py", "pages/ui/frame/shell.py")
    for line in ast.walk(ast.parse(Path(script).read_text("utf-8")))
    if isinstance(line, ast.ImportFrom)
]
early = set(sys.modules)
for line in lines:
    exec(ast.unparse(line))
print(len(lines), sorted(set(sys.modules) - early), "scipy" in sys.modules)
"""


def test_a_late_function_is_that_of_its_module() -> None:
    assert late.late("model_cache", "weights_file")("no-run", "x") is None
    with pytest.raises(AttributeError):
        late.late("model_cache", "nothing")()


def test_every_kind_of_topic_opens_late() -> None:
    kinds = late.topic_kinds()
    assert kinds.keys() == live_topics.KINDS.keys()
    assert kinds["queue"]("") is not None and kinds["queue"]("x") is None
    assert kinds["run"]("../etc") is None


def test_an_engine_that_is_stopped_first_never_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    for name in ("start", "stop"):
        monkeypatch.setattr(singletons, name, lambda name=name: called.append(name))
    monkeypatch.setattr(late, "_ended", threading.Event())
    monkeypatch.setattr(late, "FIRST_PAGE", ())
    late.start()
    (thread,) = [each for each in threading.enumerate() if each.name == "late"]
    late.stop()
    thread.join(5)
    assert not thread.is_alive() and called == ["stop"] and gc.isenabled()
    gc.unfreeze()


def test_the_server_answers_before_it_loads_its_pages() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    known = "['pages.ui.pad.pad', 'pages.ui.runs.run_status']"
    assert ran.stdout.split("\n")[-2] == f"[] [] {known} True True", ran.stderr


def test_the_first_page_finds_its_modules_loaded_and_none_of_scipy() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FIRST], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    lines, missing, scipy = ran.stdout.split()
    assert int(lines) > 10 and (missing, scipy) == ("[]", "False"), ran.stderr
