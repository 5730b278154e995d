"""The front end's files are read and compressed once; other paths are passed on."""

import asyncio
import gzip
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from pages.ui.frame.navigation import ENTRIES, PAGES, TEACHER
from pages.ui.server import static_files
from pages.ui.server.static_files import (
    EARLY,
    FRONT_END,
    HASHED,
    INDEX,
    LASTING,
    REVALIDATED,
    StaticFile,
    StaticFileCache,
    page_addresses,
    read,
)
from pages.ui.server.visitor_cookie import COOKIE, VisitorCookie
from tests.support.asgi import Answer, inner_app, request, run

SCRIPT = b"const softmax = (z) => z;\n" * 100
INNER = 299


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a front-end folder beside a file that must not be served."""
    (tmp_path / "secret.txt").write_bytes(b"secret")
    folder = tmp_path / "front"
    (folder / "js").mkdir(parents=True)
    (folder / "js" / "main.js").write_bytes(SCRIPT)
    (folder / "font.woff2").write_bytes(b"compressed already")
    return folder


def cache(folder: Path) -> StaticFileCache:
    return StaticFileCache(inner_app, {HASHED: folder, "/vendor": folder})


async def get(app: ASGIApp, path: str, **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await request(app, path, {"accept-encoding": "gzip, br", **given})


def ask(folder: Path, path: str, **headers: str) -> Answer:
    answer: Answer = run(get(cache(folder), path, **headers))
    return answer


def test_a_script_is_compressed_and_may_be_kept(folder: Path) -> None:
    status, headers, body = ask(folder, "/static/js/main.js")
    assert status == 200 and gzip.decompress(body) == SCRIPT
    assert len(body) == int(headers["content-length"]) < len(SCRIPT) / 5
    assert headers["content-encoding"] == "gzip" and headers["vary"] == "accept-encoding"
    assert "javascript" in headers["content-type"]  # Python's version decides which
    assert headers["cache-control"] == LASTING


def test_a_compressed_file_is_sent_as_it_is(folder: Path) -> None:
    status, headers, body = ask(folder, "/static/font.woff2")
    assert status == 200 and body == b"compressed already"
    assert "content-encoding" not in headers and headers["content-type"] == "font/woff2"


def test_a_name_without_a_hash_is_revalidated(folder: Path) -> None:
    status, headers, _body = ask(folder, "/vendor/js/main.js")
    assert status == 200 and headers["cache-control"] == REVALIDATED
    status, again, body = ask(folder, "/vendor/js/main.js", if_none_match=headers["etag"])
    assert (status, body) == (304, b"") and again["etag"] == headers["etag"]
    (folder / "js" / "main.js").write_bytes(SCRIPT + b"// changed")
    assert ask(folder, "/vendor/js/main.js", if_none_match=headers["etag"]).status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/static", "/static/", "/static/js", "/static/js/other.js", "/train", ""),
        *("/static/../secret.txt", "/static/js/../../../secret.txt", "//static/js/main.js"),
        *("/static/%2e%2e/secret.txt", "/static/js/main.js\0", "/STATIC/js/main.js"),
    ],
)
def test_every_other_address_passes(folder: Path, path: str) -> None:
    assert ask(folder, path).body == b"inner"


@pytest.mark.parametrize("headers", [{"accept_encoding": "br"}, {"range": "bytes=0-9"}])
def test_a_browser_without_gzip_or_for_a_part_passes(folder: Path, headers: dict[str, str]) -> None:
    assert ask(folder, "/static/js/main.js", **headers).status == INNER


def test_another_method_passes(folder: Path) -> None:
    given = {"accept-encoding": "gzip"}
    answer = run(request(cache(folder), "/static/js/main.js", given, method="POST"))
    assert answer.status == INNER


def test_a_file_is_read_once_for_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []

    def counted(path: Path, cache_control: str) -> StaticFile:
        reads.append(path)
        return read(path, cache_control)

    monkeypatch.setattr(static_files, "read", counted)

    async def work() -> list[Answer]:
        app = cache(folder)
        return await asyncio.gather(*(get(app, "/static/js/main.js") for _each in range(30)))

    assert {answer.status for answer in run(work())} == {200}
    assert len(reads) == 1


def test_a_deleted_file_passes_and_is_looked_for_again(folder: Path) -> None:
    async def work() -> list[int]:
        app, script = cache(folder), folder / "js" / "main.js"
        script.unlink()
        gone = await get(app, "/static/js/main.js")
        script.write_bytes(SCRIPT)
        return [gone.status, (await get(app, "/static/js/main.js")).status]

    assert run(work()) == [INNER, 200]


def test_every_page_is_streamlits_own_index_and_revalidated(folder: Path) -> None:
    app = StaticFileCache(inner_app, {HASHED: folder}, pages=["/", "/train"])
    for path in ("/", "/train"):
        status, headers, body = run(get(app, path))
        assert status == 200 and gzip.decompress(body) == INDEX.read_bytes()
        assert headers["content-type"].startswith("text/html")
        assert headers["cache-control"] == REVALIDATED
        assert run(get(app, path, if_none_match=headers["etag"])).status == 304
    for path in ("/draw", "/train/", "/train/_stcore/health", "//train", "/Train"):
        assert run(get(app, path)).status == INNER


def test_a_page_names_the_style_that_it_needs_and_no_script_does(folder: Path) -> None:
    app = StaticFileCache(inner_app, {HASHED: folder}, pages=["/"], style="/a/style.css")
    for kept in ({}, {"if_none_match": run(get(app, "/")).headers["etag"]}):
        assert run(get(app, "/", **kept)).headers["link"] == "</a/style.css>; rel=preload; as=style"
    assert "link" not in run(get(app, "/static/js/main.js")).headers
    bare = StaticFileCache(inner_app, {HASHED: folder}, pages=["/"])
    assert "link" not in run(get(bare, "/")).headers


def test_a_page_names_the_scripts_that_its_first_elements_need(folder: Path) -> None:
    app = StaticFileCache(inner_app, FRONT_END, pages=["/"])
    links = run(get(app, "/")).headers["link"].split(", ")
    assert len(links) == len(EARLY), "as Streamlit names them"
    for link in links:
        address, rest = link.split(">", 1)
        assert rest == "; rel=modulepreload; crossorigin"
        assert run(get(app, address.removeprefix("<"))).status == 200
    assert "link" not in run(get(StaticFileCache(inner_app, {HASHED: folder}, ["/"]), "/")).headers


def test_a_new_browser_gets_its_cookie_with_a_page_from_memory(folder: Path) -> None:
    app = VisitorCookie(StaticFileCache(inner_app, {HASHED: folder}, pages=["/"]))
    _status, headers, _body = run(get(app, "/", accept="text/html"))
    assert headers["set-cookie"].startswith(COOKIE)
    kept = run(get(app, "/", accept="text/html", if_none_match=headers["etag"]))
    assert kept.status == 304 and kept.headers["set-cookie"].startswith(COOKIE)
    assert "set-cookie" not in run(get(app, "/static/js/main.js", accept="*/*")).headers


def test_the_app_knows_the_addresses_of_its_pages() -> None:
    first, *others = page_addresses(PAGES)
    assert first == "/" and set(others) == {f"/{name}" for name in (*ENTRIES, *TEACHER)}


def test_the_front_end_is_found() -> None:
    assert all(any(folder.rglob("*.js")) for folder in FRONT_END.values())
