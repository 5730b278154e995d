"""Rules of the code base: imports, and the content of pages.

Imports are checked by import-linter; its contracts are in pyproject.toml.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("benchmarks", "model_store", "pages", "training")
STATE = "pages/ui/state/"
OWNED_BY_STATE = {"query_params", "session_state"}
SPEAKS_WITH_IT = "benchmarks/streamlit_client.py"  # uses Streamlit's messages, nothing else of it
PAGE_LINES = 120
DOCSTRING_LINES = 3
MOST_FILES = 14
FILES = [ROOT / "app.py", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
PAGES = [path for path in FILES if path.parent == ROOT / "pages" and path.stem != "__init__"]
PACKAGES = [path for path in FILES if path.name == "__init__.py"]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def offenders(
    paths: Iterable[Path], wrong: Callable[[Path], Collection[object]]
) -> dict[str, Collection[object]]:
    """Return the findings of `wrong` by file."""
    found = {path.relative_to(ROOT).as_posix(): wrong(path) for path in paths}
    return {name: value for name, value in found.items() if value}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_imports_keep_the_contracts() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("path", "line", "broken"),
    [
        (
            "model_store/runs/run.py",
            "from training.loop import control",
            "Packages import downwards",
        ),
        (
            "model_store/recipe/choices.py",
            "from model_store.runs import run",
            "Layers of model_store",
        ),
        (
            "pages/ui/figures/theme.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from pages.ui.figures import data",
            "No circle between folders or files",
        ),
        ("training/images/photo.py", "import streamlit", "Only pages import Streamlit"),
        (
            "training/engine/engine.py",
            "def later():\n    import keras",
            "TensorFlow is imported where networks are built and trained",
        ),
    ],
)
def test_a_planted_import_breaks_its_contract(
    path: str, line: str, broken: str, tmp_path: Path
) -> None:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("starter"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert f"{broken} BROKEN" in result.stdout


def test_packages_are_small_and_say_what_they_hold() -> None:
    def wrong(path: Path) -> list[str]:
        lines = (ast.get_docstring(tree(path)) or "").splitlines()
        files = len(list(path.parent.glob("*.py"))) - 1
        found = [] if 1 <= len(lines) <= DOCSTRING_LINES else [f"{len(lines)} lines of docstring"]
        return found + ([f"{files} files"] if files > MOST_FILES else [])

    packages = [path for path in PACKAGES if "benchmarks" not in path.parts]
    assert offenders(packages, wrong) == {}


def test_benchmarks_know_no_streamlit() -> None:
    def wrong(path: Path) -> set[str]:
        nodes = list(ast.walk(tree(path)))
        names = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        allowed = "streamlit.proto." if path.match(SPEAKS_WITH_IT) else "-"
        return {n for n in names if n.split(".")[0] == "streamlit" and not n.startswith(allowed)}

    assert offenders((ROOT / "benchmarks").rglob("*.py"), wrong) == {}


def test_one_owner_of_session_and_address() -> None:
    def wrong(path: Path) -> set[str]:
        nodes = list(ast.walk(tree(path)))
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        taken = {a.name for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names}
        return (attributes | taken) & OWNED_BY_STATE

    others = [path for path in FILES if STATE not in path.as_posix()]
    assert offenders(others, wrong) == {}


def test_pages_compose_and_stay_short() -> None:
    assert offenders(PAGES, lambda p: p.read_text("utf-8").splitlines()[PAGE_LINES:]) == {}


def test_a_download_does_not_rerun_its_page() -> None:
    """A rerun would drop the answer to the button, which would then spin for ever."""

    def wrong(path: Path) -> list[int]:
        calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
        return [
            call.lineno
            for call in calls
            if isinstance(call.func, ast.Attribute)
            and call.func.attr == "download_button"
            and "on_click='ignore'" not in map(ast.unparse, call.keywords)
        ]

    assert offenders(FILES, wrong) == {}


def test_importing_the_server_loads_no_tensorflow() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in FILES
        if path.parent != ROOT / "pages"
        and path.name not in ("__init__.py", "shell.py", "env.py")  # Alembic runs env.py
        and (path == ROOT / "app.py" or path.parts[len(ROOT.parts)] in ("model_store", "pages"))
    ]
    words = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "README.md", "SECURITY.md"])
def test_every_path_in_the_documents_exists(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    named = set(re.findall(r"`((?:tests|training|model_store|pages|benchmarks)/[\w/.]*)`", text))
    missing = {path for path in named if not (ROOT / path).exists()} - {"pages/its_name.py"}
    assert named and missing == set()
