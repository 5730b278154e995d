"""Who may import whom, and how long a page may be: the rules of the house, walked by ast.

Nothing is imported here. A module's *loaded* imports are those that run when it is imported: at its
top level, inside `if` and `try` and class bodies as well, but neither in functions nor under
`if TYPE_CHECKING`. Its imports altogether include those too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from pathlib import Path

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


def offenders(names: Iterable[str], wrong: Callable[[str], Collection[str]]) -> dict[str, set[str]]:
    """What is wrong with each of these modules, if anything is."""
    return {name: set(found) for name in names if (found := wrong(name))}


def test_only_pages_and_the_entry_know_streamlit() -> None:
    def wrong(name: str) -> set[str]:
        known = imports(name)
        if name == SPEAKS_WITH_IT:
            known = frozenset(other for other in known if not other.startswith("streamlit.proto."))
        return top(known) & {"streamlit"}

    others = [name for name in MODULES if package(name) not in ("app", "pages", "pages.ui")]
    assert offenders(others, wrong) == {}


def test_figures_come_from_plain_data() -> None:
    assert "streamlit" not in top(imports("pages.ui.figures"))


def test_tensorflow_only_where_networks_are_built_and_trained() -> None:
    others = [
        name
        for name in MODULES
        if name not in WITH_TENSORFLOW and package(name) != "benchmarks"  # they measure rivals
    ]
    assert offenders(others, lambda name: top(imports(name)) & TENSORFLOW) == {}


def test_the_server_never_loads_tensorflow() -> None:
    """Not in a function either: it would run in the server."""
    assert offenders(SERVER, lambda name: top(reached(name)) & TENSORFLOW) == {}
    assert offenders(SERVER, lambda name: imports(name) & HEAVY) == {}


def test_arrows_point_one_way() -> None:
    def wrong(name: str) -> set[str]:
        allowed = MAY_IMPORT[package(name)]
        return {other for other in ours(imports(name)) if package(other) not in allowed}

    assert offenders(MODULES, wrong) == {}


def test_the_store_knows_recipes_and_events_alone() -> None:
    def wrong(name: str) -> set[str]:
        return {other for other in imports(name) if package(other) == "training"} - STORE_KNOWS

    store = [name for name in MODULES if package(name) == "model_store"]
    assert offenders(store, wrong) == {}


def test_no_import_comes_back() -> None:
    def wrong(name: str) -> set[str]:
        seen: set[str] = set()
        todo = ours(imports(name, loaded=True))
        while todo:
            seen |= todo
            todo = {more for other in todo for more in ours(imports(other, loaded=True))} - seen
        return seen & {name}

    assert offenders(MODULES, wrong) == {}


def test_one_owner_of_session_and_address() -> None:
    def wrong(name: str) -> set[str]:
        nodes = list(ast.walk(tree(name)))
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        taken = {a.name for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names}
        return (attributes | taken) & OWNED_BY_STATE

    assert offenders([name for name in MODULES if name != STATE], wrong) == {}


def test_pages_compose_and_stay_short() -> None:
    def wrong(name: str) -> list[str]:
        return MODULES[name].read_text(encoding="utf-8").splitlines()[PAGE_LINES:]

    assert offenders(PAGES, wrong) == {}


def test_a_download_does_not_run_its_page_again() -> None:
    """The new run would sweep away the answer that the button waits for: it would spin for ever."""

    def wrong(name: str) -> list[str]:
        calls = [node for node in ast.walk(tree(name)) if isinstance(node, ast.Call)]
        return [
            f"line {call.lineno}"
            for call in calls
            if isinstance(call.func, ast.Attribute)
            and call.func.attr == "download_button"
            and "on_click='ignore'" not in map(ast.unparse, call.keywords)
        ]

    assert offenders(MODULES, wrong) == {}
