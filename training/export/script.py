"""A run as a Python script in plain Keras."""

import textwrap

from model_store import Run
from model_store.runs.history import History
from model_store.text import _
from training.export.cells import cells, differences, printable

WIDTH = 88


def script(run: Run, history: History) -> str:
    """Return a script that trains the run's network again, to be run as `python script.py`."""
    lines = [*_comment(printable(run.title)), "#", *_comment(" ".join(introduction(run, history)))]
    for cell in cells(run):
        after_function = lines[-1].rsplit("\n", 1)[-1].startswith("    return ")
        lines += ["", ""] if after_function else [""]
        heading = f"# -- {cell.heading} ".ljust(WIDTH, "-")
        lines += [heading, *_comment(cell.text), "", cell.code]
    return "\n".join(lines) + "\n"


def introduction(run: Run, history: History) -> list[str]:
    """Return plain sentences for the reader, before the first line of code."""
    sentences = [_("Reproduces the run {id} of Softmax Lab in plain Keras.").format(id=run.id)]
    versions = run.manifest.get("versions", {})
    used = [f"{n} {versions[n]}" for n in ("keras", "tensorflow", "numpy") if n in versions]
    if used:
        sentences.append(_("The run used {versions}.").format(versions=", ".join(used)))
    return [*sentences, *differences(run, history)]


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
