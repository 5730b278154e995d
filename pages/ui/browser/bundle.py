"""One script of a module and everything that it imports: a phone asks the server once."""

import re
from collections.abc import Callable
from graphlib import TopologicalSorter

from pages.ui import browser

_IMPORT = re.compile(r'^import (\w+)?(?:, )?(?:\{([^}]*)\})? from "\./(\w+)\.js";$', re.M)
_EXPORT = re.compile(
    r"^export (?:default (function) \(|((?:async )?function\*?|const|class) (\w+))", re.M
)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.M)


def bundle(entry: str, read: Callable[[str], str] = browser.read) -> str:
    """Return a module such as "class_page" with all that it imports, as one module.

    Each becomes a function that returns what it exports, and follows those that it imports. `read`
    returns the text of a file such as "class_page.js".

    Raises:
        FileNotFoundError: if a module is missing.
        ValueError: if one imports or exports in a form unknown here, or modules import each other.
    """
    sources: dict[str, str] = {}
    imports: dict[str, list[str]] = {}
    names = [entry]
    for name in names:
        if name not in sources:
            sources[name] = read(f"{name}.js")
            imports[name] = [found[3] for found in _IMPORT.finditer(sources[name])]
            names += imports[name]
    order = TopologicalSorter(imports).static_order()
    return "\n".join(_as_function(name, sources[name]) for name in order)


def _as_function(name: str, source: str) -> str:
    exports: list[str] = []

    def imported(found: re.Match[str]) -> str:
        default, listed, module = found.groups()
        parts = [f"default: {default}"] if default else []
        parts += [part.strip().replace(" as ", ": ") for part in (listed or "").split(",")]
        return f"const {{ {', '.join(filter(None, parts))} }} = ${module};"

    def exported(found: re.Match[str]) -> str:
        default, kind, own = found.groups()
        exports.append(own or "default: $default")
        return "function $default(" if default else f"{kind} {own}"

    text = _EXPORT.sub(exported, _IMPORT.sub(imported, source))
    if other := _OTHER.search(text):
        raise ValueError(f"{name}.js cannot be bundled: {other[0]}")
    return f"const ${name} = (() => {{\n{text}\nreturn {{ {', '.join(exports)} }};\n}})();"
