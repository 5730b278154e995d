"""A run as a Python script in plain Keras."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from gettext import gettext as _

from model_store import Run
from model_store.runs.history import History
from training.export.cells import cells, differences, printable

WIDTH = 88
_BETWEEN_FUNCTIONS = "\n\n\n"


def script(run: Run, history: History) -> str:
    """A script that trains the run's network again, to be run as `python script.py`."""
    return "\n".join(_lines(run, history)) + "\n"


def introduction(run: Run, history: History) -> list[str]:
    """What the reader should know before the first line of code; plain sentences."""
    sentences = [_("Reproduces the run {id} of Softmax Lab in plain Keras.").format(id=run.id)]
    versions = run.manifest.get("versions", {})
    used = [f"{n} {versions[n]}" for n in ("keras", "tensorflow", "numpy") if n in versions]
    if used:
        sentences.append(_("The run used {versions}.").format(versions=", ".join(used)))
    return [*sentences, *differences(run, history)]


def _lines(run: Run, history: History) -> Iterator[str]:
    yield from _comment(printable(run.title))
    yield "#"
    yield from _comment(" ".join(introduction(run, history)))
    before = ""
    for cell in cells(run, history):
        yield from [""] * (2 if _ends_in_function(before) else 1)
        yield f"# -- {cell.heading} ".ljust(WIDTH, "-")
        yield from _comment(cell.text)
        yield ""
        yield cell.code
        before = cell.code


def _ends_in_function(code: str) -> bool:
    return code.rsplit("\n", 1)[-1].startswith("    return ")


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
