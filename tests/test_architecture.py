"""Who may import whom, and how long a page may be: the rules of the house, walked by ast.

Nothing is imported here. A module's *loaded* imports are those that run when it is imported: at its
top level, inside `if` and `try` and class bodies as well, but neither in functions nor under
`if TYPE_CHECKING`. Its imports altogether include those too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("benchmarks", "model_store", "pages", "training")
TENSORFLOW = {"keras", "tensorflow"}
WITH_TENSORFLOW = {
    "training.augment",
    "training.backend",
    "training.bringing",
    "training.fetch",
    "training.network",
    "training.program",
    "training.trainer",
}
STORE_KNOWS = {"training.choices", "training.events", "training.recipe"}
SPEAKS_WITH_IT = "benchmarks.streamlit_client"  # knows Streamlit's messages, and nothing else of it
STATE = "pages.ui.state"
OWNED_BY_STATE = {"query_params", "session_state"}
PAGE_LINES = 120
MAY_IMPORT = {
    "app": {"pages.ui"},
    "pages": {"model_store", "pages.ui", "training"},
    "pages.ui": {"model_store", "pages.ui", "training"},
    "model_store": {"model_store", "training"},
    "training": {"model_store", "training"},
    "benchmarks": {"benchmarks", "model_store", "training"},
}


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = [ROOT / "app.py", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
MODULES = {dotted(path): path for path in sorted(FILES)}
SERVER = [name for name in MODULES if name.startswith(("app", "model_store", "pages"))]
PAGES = [name for name in MODULES if name.startswith("pages.") and name.count(".") == 1]
PAGES.remove("pages.ui")


def package(name: str) -> str:
    """The part of the house that a module stands in: a key of MAY_IMPORT."""
    if name == "pages.ui" or name.startswith("pages.ui."):
        return "pages.ui"
    return name.partition(".")[0]


def statements(node: ast.AST, loaded: bool) -> Iterator[ast.AST]:
    """All nodes below this one; if `loaded`, those that run when the module is imported."""
    for child in ast.iter_child_nodes(node):
        if loaded and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if loaded and isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from (part for other in child.orelse for part in [other, *ast.walk(other)])
            continue
        yield child
        yield from statements(child, loaded)


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@cache
def imports(name: str, loaded: bool = False) -> frozenset[str]:
    """What a module imports: our modules by their full names, others as they are written."""
    found: set[str] = set()
    for node in statements(tree(name), loaded):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = source(name, node)
            inner = {f"{base}.{alias.name}" for alias in node.names}
            found |= {part if part in MODULES else base for part in inner}
    return frozenset(found)


def source(name: str, node: ast.ImportFrom) -> str:
    """The module that `from ... import` names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    here = name.split(".") + ([""] if MODULES[name].name == "__init__.py" else [])
    return ".".join([*here[: -node.level], *([node.module] if node.module else [])])


def ours(names: frozenset[str]) -> set[str]:
    return {name for name in names if name in MODULES}


def top(names: frozenset[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@cache
def reached(name: str) -> frozenset[str]:
    """All that importing a module imports, packages around our modules included."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        if current in MODULES:
            todo += imports(current, loaded=True)
            todo += [current.rpartition(".")[0]] if "." in current else []
    return frozenset(seen)


HEAVY = {name for name in MODULES if top(reached(name)) & TENSORFLOW}


def test_the_walk_sees_what_is_there() -> None:
    assert {"app", "model_store.store", "pages.draw", "training.trainer"} <= set(MODULES)
    assert {"training.network", "training.program", "training.trainer"} <= HEAVY
    assert "streamlit" in top(reached("app"))
    assert "training.engine" in reached("app")


@pytest.mark.parametrize("name", MODULES)
def test_only_pages_and_the_entry_know_streamlit(name: str) -> None:
    known = imports(name)
    if name == SPEAKS_WITH_IT:
        known = frozenset(other for other in known if not other.startswith("streamlit.proto."))
    if package(name) not in ("app", "pages", "pages.ui"):
        assert "streamlit" not in top(known)


def test_figures_come_from_plain_data() -> None:
    assert "streamlit" not in top(imports("pages.ui.figures"))


@pytest.mark.parametrize("name", MODULES)
def test_tensorflow_only_where_networks_are_built_and_trained(name: str) -> None:
    if name not in WITH_TENSORFLOW and package(name) != "benchmarks":  # they measure rivals
        assert not top(imports(name)) & TENSORFLOW


@pytest.mark.parametrize("name", SERVER)
def test_the_server_never_loads_tensorflow(name: str) -> None:
    assert not top(reached(name)) & TENSORFLOW
    assert not imports(name) & HEAVY, "not in a function either: it would run in the server"


@pytest.mark.parametrize("name", MODULES)
def test_arrows_point_one_way(name: str) -> None:
    allowed = MAY_IMPORT[package(name)]
    wrong = {other for other in ours(imports(name)) if package(other) not in allowed}
    assert wrong == set()


@pytest.mark.parametrize("name", [name for name in MODULES if package(name) == "model_store"])
def test_the_store_knows_recipes_and_events_alone(name: str) -> None:
    known = {other for other in imports(name) if package(other) == "training"}
    assert known <= STORE_KNOWS


@pytest.mark.parametrize("name", MODULES)
def test_no_import_comes_back(name: str) -> None:
    seen: set[str] = set()
    todo = ours(imports(name, loaded=True))
    while todo:
        seen |= todo
        todo = {more for other in todo for more in ours(imports(other, loaded=True))} - seen
    assert name not in seen


@pytest.mark.parametrize("name", [name for name in MODULES if name != STATE])
def test_one_owner_of_session_and_address(name: str) -> None:
    nodes = list(ast.walk(tree(name)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    taken = {a.name for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names}
    assert not (attributes | taken) & OWNED_BY_STATE


@pytest.mark.parametrize("name", PAGES)
def test_pages_compose_and_stay_short(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= PAGE_LINES


@pytest.mark.parametrize("name", MODULES)
def test_a_download_does_not_run_its_page_again(name: str) -> None:
    """The new run would sweep away the answer that the button waits for: it would spin for ever."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".download_button"):
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert given.get("on_click") == "'ignore'"
