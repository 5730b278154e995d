"""A run as a Jupyter notebook in plain Keras."""

from __future__ import annotations

import hashlib
import html
from gettext import gettext as _
from typing import Any

from model_store import Run
from model_store.runs.history import History
from training.export.cells import Cell, cells, printable
from training.export.script import introduction

_CURVES = """\
import plotly.graph_objects as go

curves = go.Figure()
for name in ("accuracy", "val_accuracy"):
    if name in figures:
        curves.add_scatter(x=list(range(1, EPOCHS + 1)), y=figures[name], name=name)
curves.update_layout(xaxis_title="epoch", yaxis_title="accuracy")
curves"""


def notebook(run: Run, history: History) -> str:
    """The run as the text of an `.ipynb` file, valid nbformat 4; nothing has been run in it."""
    import nbformat
    from nbformat.v4 import new_notebook

    parts = [_words(f"# {_plain(run.title)}", *map(_plain, introduction(run, history)))]
    for cell in _with_curves(cells(run, history)):
        parts += [_words(f"## {_plain(cell.heading)}", _plain(cell.text)), _code(cell.code)]
    for number, part in enumerate(parts):  # the same run gives the same file
        part["id"] = hashlib.sha256(f"{run.id} {number}".encode()).hexdigest()[:8]
    made = new_notebook(
        cells=parts,
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )
    nbformat.validate(made)
    return str(nbformat.writes(made)) + "\n"


def _with_curves(steps: tuple[Cell, ...]) -> list[Cell]:
    text = _("Is it still rising? Do training and validation part? Then it learns by heart.")
    return [*steps[:-1], Cell(_("Curves"), text, _CURVES), steps[-1]]


def _words(*paragraphs: str) -> Any:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell("\n\n".join(paragraphs))


def _code(code: str) -> Any:
    from nbformat.v4 import new_code_cell

    return new_code_cell(code)


def _plain(text: str) -> str:
    """Text that Markdown and HTML leave alone."""
    escaped = html.escape(printable(text), quote=False)
    return "".join(f"\\{c}" if c in r"\`*_{}[]#!|~$" else c for c in escaped)
