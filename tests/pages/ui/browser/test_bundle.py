"""A module with all that it imports, as one script; what it runs as is in tests/browser."""

import re

import pytest

from pages.ui.browser.bundle import bundle
from pages.ui.server.browser_routes import BUNDLES

FILES = {
    "a.js": 'import b, { one, two as zwei } from "./b.js";\nimport { c } from "./c.js";\nb(one);\n',
    "b.js": 'import { c } from "./c.js";\nexport const one = c;\nexport async function two() {}\n'
    "export default function (x) {}\n",
    "c.js": "// @ts-check\nexport class c {}\nconst exported = 1;\n",
}


def test_each_module_is_there_once_after_those_that_it_imports() -> None:
    lines = bundle("a", FILES.__getitem__).splitlines()
    begins = [line for line in lines if line.startswith("const $")]
    assert begins == [f"const ${name} = (() => {{" for name in "cba"]
    assert "const { default: b, one, two: zwei } = $b;" in lines
    assert "return { one, two, default: $default };" in lines
    assert {"const one = c;", "async function two() {}", "function $default(x) {}"} <= set(lines)


@pytest.mark.parametrize(
    "line",
    [
        *("export let n = 1;", "export { n };", 'export * from "./b.js";', "export default 7;"),
        *('import * as b from "./b.js";', 'import "./b.js";', 'import { x } from "/b.js";'),
        "export const { n } = m;",
    ],
)
def test_another_form_is_refused_by_name(line: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"a.js cannot be bundled: {line}")):
        bundle("a", {**FILES, "a.js": f"const m = 1;\n{line}\n"}.__getitem__)


def test_modules_that_import_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        bundle("a", {**FILES, "c.js": 'import { one } from "./a.js";\n'}.__getitem__)


@pytest.mark.parametrize("entry", BUNDLES)
def test_every_imported_name_is_exported(entry: str) -> None:
    script = bundle(entry)
    exports = {
        name: set(re.findall(r"(\w+)(?:: \S+)?", listed))
        for name, listed in re.findall(
            r"^const \$(\w+) =.*?^return \{ (.*?) \};$", script, re.M | re.S
        )
    }
    wanted = re.findall(r"^const \{ (.*) \} = \$(\w+);$", script, re.M)
    assert wanted
    for listed, name in wanted:
        assert set(re.findall(r"(\w+)(?:: \w+)?(?:, |$)", listed)) <= exports[name]
