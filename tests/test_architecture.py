"""Who may import whom, and how long a page may be: the rules of the house, walked by ast."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("pages", "training", "model_store")
SOURCES = [ROOT / "app.py", *(p for f in FOLDERS for p in sorted((ROOT / f).rglob("*.py")))]
CORE = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in ("training", "model_store")]
WITH_TENSORFLOW = {"network.py", "trainer.py", "program.py"}
PAGES = sorted((ROOT / "pages").glob("*.py"))
HEAVY = {"tensorflow", "keras"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path, *, top_level: bool = False) -> set[str]:
    """Dotted names that a module imports, anywhere or at its top level only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else ast.walk(tree)
    out: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            out |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            out |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return out


def packages(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def module_path(name: str) -> Path | None:
    base = ROOT.joinpath(*name.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_knows_no_streamlit(path: Path) -> None:
    assert not packages(imports(path)) & {"streamlit", "pages"}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_tensorflow_only_where_marked(path: Path) -> None:
    if path.parent.name == "training" and path.name in WITH_TENSORFLOW:
        return
    assert not packages(imports(path, top_level=True)) & HEAVY


@pytest.mark.parametrize("path", [*PAGES, ROOT / "app.py"], ids=name_of)
def test_no_page_reaches_tensorflow(path: Path) -> None:
    seen: set[Path] = set()
    todo = [path]
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        names = imports(current, top_level=True)
        assert not packages(names) & HEAVY, f"{name_of(current)} imports it"
        todo += [found for found in map(module_path, names) if found]


@pytest.mark.parametrize(
    "path", [path for path in CORE if path.parent.name == "model_store"], ids=name_of
)
def test_the_store_knows_only_recipes_and_events(path: Path) -> None:
    ours = {name for name in imports(path) if name.startswith("training")}
    allowed = ("training.recipe", "training.choices", "training.events")
    assert {name for name in ours if name != "training" and not name.startswith(allowed)} == set()


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_pages_are_thin(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 140


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_one_owner_of_session_and_address(path: Path) -> None:
    if path.name == "state.py":
        return
    text = path.read_text(encoding="utf-8")
    assert "st.session_state" not in text
    assert "st.query_params" not in text
