"""Addresses for scripts: modules, weights and drawings; anything else is not found."""

import gzip
import json
from typing import Any

import pytest
from starlette.applications import Starlette

from pages.ui import browser
from pages.ui.browser.bundle import bundle
from pages.ui.server.browser_routes import (
    BUNDLES,
    batch_path,
    browser_routes,
    bundle_path,
    pad_path,
    weights_path,
)
from pages.ui.server.pad_memory import MAX_BYTES, PadMemory
from pages.ui.server.static_files import LASTING
from tests.support.asgi import Answer, request, run

WEIGHTS = b"\x00\x00\x80\x3f" * 10
REPORT = b"\x00\xff report"
MODEL = ("some-run", "0123456789abcdef")
DRAWING = {"strokes": [{"points": [[1, 2], [3, 4]], "width": 20}], "pen": "thin"}


@pytest.fixture
def memory() -> PadMemory:
    return PadMemory()


@pytest.fixture
def app(memory: PadMemory) -> Starlette:
    def weights(run_id: str, digest: str) -> bytes | None:
        return gzip.compress(WEIGHTS) if (run_id, digest) == MODEL else None

    def batch(run_id: str) -> bytes | None:
        return REPORT if run_id == MODEL[0] else None

    def exciting(run_id: str, digest: str, layer: int, unit: int) -> list[dict[str, Any]] | None:
        known = (run_id, digest) == MODEL and unit < 5
        return [{"label": layer, "activation": unit}] if known else None

    return Starlette(routes=browser_routes(weights, exciting, batch, lambda: memory))


def get(app: Starlette, path: str, **headers: str) -> Answer:
    answer: Answer = run(request(app, path, {n.replace("_", "-"): h for n, h in headers.items()}))
    return answer


def post(app: Starlette, path: str, content: bytes) -> int:
    answer: Answer = run(request(app, path, content=content, method="POST"))
    return answer.status


@pytest.mark.parametrize("name", ["reader.js", "drawing.js", "models.js", "bars.js"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_module_may_be_kept_for_ever(app: Starlette, name: str, encoding: str) -> None:
    address = f"{browser.modules_path()}/{name}"
    answer = get(app, address, accept_encoding=encoding)
    body = gzip.decompress(answer.body) if encoding == "gzip" else answer.body
    assert answer.status == 200 and body.decode() == browser.read(name)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == LASTING
    assert answer.headers.get("content-encoding") == ("gzip" if encoding == "gzip" else None)


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_the_style_may_be_kept_for_ever(app: Starlette, encoding: str) -> None:
    answer = get(app, browser.style_address(), accept_encoding=encoding)
    body = gzip.decompress(answer.body) if encoding == "gzip" else answer.body
    assert answer.status == 200 and body.decode() == browser.read(browser.STYLE)
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == LASTING


@pytest.mark.parametrize(
    "path",
    [
        *("/modules/0000000000000000/style.css", "/modules/style.css", "{base}/x/style.css"),
        *("/modules/0000000000000000/reader.js", "/modules/reader.js", "{base}/none.js"),
        *("{base}/__init__.py", "{base}/projector.css", "{base}/../__init__.py", "{base}/.js"),
        *("{base}/../../../app.js", "{base}/../reader.js", "{base}/\0.js", "{base}/x/reader.js"),
    ],
)
def test_nothing_but_modules_is_served(app: Starlette, path: str) -> None:
    assert get(app, path.format(base=browser.modules_path())).status == 404


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_is_one_script_that_may_be_kept_for_ever(app: Starlette, name: str) -> None:
    answer = get(app, bundle_path(name), accept_encoding="gzip")
    assert answer.status == 200 and answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body).decode() == bundle(name)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == LASTING


@pytest.mark.parametrize(
    "path",
    ["/bundles/0000000000000000/class_page.js", "{base}/reader.js", "{base}/../class_page.js"],
)
def test_no_other_bundle_is_served(app: Starlette, path: str) -> None:
    base = bundle_path("class_page").rpartition("/")[0]
    assert get(app, path.format(base=base)).status == 404


def test_weights_may_be_kept_and_are_not_compressed_for_each_browser(app: Starlette) -> None:
    answer = get(app, weights_path(*MODEL), accept_encoding="gzip, br")
    assert (answer.status, gzip.decompress(answer.body)) == (200, WEIGHTS)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == LASTING
    plain = get(app, weights_path(*MODEL))
    assert plain.body == WEIGHTS and "content-encoding" not in plain.headers


@pytest.mark.parametrize("run_id", ["other", "..", "../../etc/passwd", "x" * 300, "\0", ""])
def test_an_unknown_model_is_not_found(app: Starlette, run_id: str) -> None:
    assert get(app, f"/models/{run_id}/{MODEL[1]}.bin").status == 404
    assert get(app, f"/models/{MODEL[0]}/{run_id}.bin").status == 404


def test_the_report_of_a_single_step_is_of_this_moment(app: Starlette) -> None:
    answer = get(app, batch_path(MODEL[0]))
    assert (answer.status, answer.body) == (200, REPORT)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert post(app, batch_path(MODEL[0]), b"") == 405


@pytest.mark.parametrize("run_id", ["other", "..", "../../etc/passwd", "x" * 300, "\0", ""])
def test_no_single_step_is_not_found(app: Starlette, run_id: str) -> None:
    assert get(app, batch_path(run_id)).status == 404


def test_images_that_excite_a_unit_may_be_kept(app: Starlette) -> None:
    answer = get(app, f"/models/{MODEL[0]}/{MODEL[1]}/exciting/1/4.json")
    assert answer.status == 200
    assert json.loads(answer.body) == [{"label": 1, "activation": 4}]
    assert answer.headers["cache-control"] == LASTING


@pytest.mark.parametrize("place", ["0/5", "0/-1", "-1/0", "0/a", "0", "0/1/2", "0/\0", "0/1.5"])
def test_images_of_an_unknown_unit_are_not_found(app: Starlette, place: str) -> None:
    assert get(app, f"/models/{MODEL[0]}/{MODEL[1]}/exciting/{place}.json").status == 404
    assert get(app, f"/models/other/{MODEL[1]}/exciting/0/0.json").status == 404


def test_a_drawing_replaces_the_one_of_its_tab(app: Starlette, memory: PadMemory) -> None:
    memory.put("tab", "me", {"strokes": []})
    assert post(app, pad_path("tab"), json.dumps(DRAWING).encode()) == 204
    assert memory.of_tab("tab") == memory.of_visitor("me") == DRAWING


def test_a_drawing_of_an_unknown_tab_is_not_kept(app: Starlette, memory: PadMemory) -> None:
    assert post(app, pad_path("guessed"), json.dumps(DRAWING).encode()) == 404
    assert memory.of_tab("guessed") is None


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"no json", b"\xff\xfe", b"[]", b"7", b"null", b'{"strokes": 5}', b"{}"),
        b"[" * 100_000,
        b'{"strokes": [' + b"1," * MAX_BYTES + b"1]}",
        gzip.compress(b"{}", mtime=0),
    ],
)
def test_what_is_no_drawing_changes_nothing(app: Starlette, memory: PadMemory, body: bytes) -> None:
    memory.put("tab", "me", DRAWING)
    assert post(app, pad_path("tab"), body) == 422
    assert memory.of_tab("tab") == DRAWING


def test_a_drawing_can_only_be_posted(app: Starlette, memory: PadMemory) -> None:
    memory.put("tab", "me", DRAWING)
    assert get(app, pad_path("tab")).status == 405
