"""A run as a Jupyter notebook in plain Keras."""

import hashlib
import html

from model_store import Run
from model_store.runs.history import History
from model_store.text import _
from training.export.cells import Cell, cells, printable
from training.export.script import introduction

_CURVES = """\
import plotly.graph_objects as go

curves = go.Figure()
for name in ("accuracy", "val_accuracy"):
    if name in figures:
        epochs = list(range(1, len(figures[name]) + 1))
        curves.add_scatter(x=epochs, y=figures[name], name=name)
curves.update_layout(xaxis_title="epoch", yaxis_title="accuracy")
curves"""


def notebook(run: Run, history: History) -> str:
    """Return the run as the text of an `.ipynb` file, valid nbformat 4, without outputs."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    text = _("Does accuracy still rise? Do the two curves part? Then the network over-fits.")
    *steps, test = cells(run)
    parts = [new_markdown_cell(_markdown("#", run.title, *introduction(run, history)))]
    for cell in (*steps, Cell(_("Curves"), text, _CURVES), test):
        parts.append(new_markdown_cell(_markdown("##", cell.heading, cell.text)))
        parts.append(new_code_cell(cell.code))
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


def _markdown(mark: str, *paragraphs: str) -> str:
    """Return a heading and paragraphs in which Markdown and HTML change nothing."""
    escaped = "\n\n".join(html.escape(printable(text), quote=False) for text in paragraphs)
    return f"{mark} " + "".join(f"\\{c}" if c in r"\`*_{}[]#!|~$" else c for c in escaped)
