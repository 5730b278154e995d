"""The exported notebook: valid, the same every time, and with the run's accuracy when it is run."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from tests.training.export.conftest import Trained
from training.export.notebook import notebook
from training.export.script import script


def test_the_notebook_run_from_top_to_bottom_gives_the_runs_accuracy(
    quick: Trained, workplace: Path
) -> None:
    from nbclient import NotebookClient

    book = nbformat.reads(notebook(*quick), as_version=4)
    NotebookClient(
        book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(workplace)}}
    ).execute()
    printed = "".join(
        output.get("text", "") for cell in book.cells for output in cell.get("outputs", [])
    )
    said = re.search(r"^test accuracy ([\d.]+)", printed, re.M)
    assert said, printed
    assert float(said[1]) == pytest.approx(quick[0].result["test_accuracy"], abs=0.003)
    figures = [o for c in book.cells for o in c.get("outputs", []) if "data" in o]
    assert any("application/vnd.plotly.v1+json" in o["data"] for o in figures), "a curve is drawn"


def test_the_notebook_is_valid_and_the_same_every_time(made_up: Trained) -> None:
    text = notebook(*made_up)
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    assert text == notebook(*made_up)
    assert all("outputs" not in cell or cell.outputs == [] for cell in book.cells)


def test_the_same_code_is_in_the_notebook(made_up: Trained) -> None:
    code = [
        cell["source"]
        for cell in json.loads(notebook(*made_up))["cells"]
        if cell["cell_type"] == "code"
    ]
    text = script(*made_up)
    assert all("".join(part) in text for part in code if "plotly" not in "".join(part))


def test_a_hostile_name_stays_text(made_up: Trained) -> None:
    words = [cell.source for cell in nbformat.reads(notebook(*made_up), as_version=4).cells]
    assert "<script>" not in words[0]
    assert "alert(1)" in words[0]
