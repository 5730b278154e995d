"""The front end's files are read and compressed once, and nothing else is answered for."""

from __future__ import annotations

import asyncio
import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from pages.ui.server import static_files
from pages.ui.server.static_files import (
    ASKED_AGAIN,
    HASHED,
    LASTING,
    Kept,
    StaticFileCache,
    package,
    read,
)

SCRIPT = b"const softmax = (z) => z;\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the front end, beside a file that is nobody's business."""
    (tmp_path / "secret.txt").write_bytes(b"secret")
    folder = tmp_path / "front"
    (folder / "js").mkdir(parents=True)
    (folder / "js" / "main.js").write_bytes(SCRIPT)
    (folder / "font.woff2").write_bytes(b"packed already")
    return folder


async def streamlit(scope: Scope, receive: Receive, send: Send) -> None:
    """What answers everything else."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"Streamlit"})


async def asked(app: StaticFileCache, path: str, method: str = "GET", **headers: str) -> Any:
    """Status, headers and body of an answer; a browser takes gzip unless `headers` say else."""
    given = {"accept_encoding": "gzip, br", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is to be read")

    await app(scope, receive, send)
    begin, body = said
    found = {name.decode(): value.decode() for name, value in begin["headers"]}
    return begin["status"], found, body["body"]


def ask(folder: Path, *asking: Any, **headers: str) -> Any:
    """As `asked`, of an app with the folder at both kinds of address."""

    async def work() -> Any:
        app = StaticFileCache(streamlit, {HASHED: folder, "/vendor": folder})
        return await asked(app, *asking, **headers)

    with ThreadPoolExecutor(1) as pool:  # Playwright keeps a loop running in this thread
        return pool.submit(asyncio.run, work()).result()


def test_a_script_comes_compressed_and_may_be_kept(folder: Path) -> None:
    status, headers, body = ask(folder, "/static/js/main.js")
    assert status == 200 and gzip.decompress(body) == SCRIPT
    assert len(body) == int(headers["content-length"]) < len(SCRIPT) / 5
    assert headers["content-encoding"] == "gzip" and headers["vary"] == "accept-encoding"
    assert "javascript" in headers["content-type"]  # as text or as an application, by Python
    assert headers["cache-control"] == LASTING


def test_what_is_packed_already_is_left_so(folder: Path) -> None:
    status, headers, body = ask(folder, "/static/font.woff2")
    assert status == 200 and body == b"packed already"
    assert "content-encoding" not in headers and headers["content-type"] == "font/woff2"


def test_a_name_without_a_hash_is_asked_for_again_and_answered_shortly(folder: Path) -> None:
    status, headers, _body = ask(folder, "/vendor/js/main.js")
    assert status == 200 and headers["cache-control"] == ASKED_AGAIN
    status, again, body = ask(folder, "/vendor/js/main.js", if_none_match=headers["etag"])
    assert (status, body) == (304, b"") and again["etag"] == headers["etag"]
    (folder / "js" / "main.js").write_bytes(SCRIPT + b"// changed")
    assert ask(folder, "/vendor/js/main.js", if_none_match=headers["etag"])[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/static", "/static/", "/static/js", "/static/js/other.js", "/train", ""),
        *("/static/../secret.txt", "/static/js/../../../secret.txt", "//static/js/main.js"),
        *("/static/%2e%2e/secret.txt", "/static/js/main.js\0", "/STATIC/js/main.js"),
    ],
)
def test_every_other_address_is_streamlits(folder: Path, path: str) -> None:
    assert ask(folder, path) == (299, {}, b"Streamlit")


@pytest.mark.parametrize("headers", [{"accept_encoding": "br"}, {"range": "bytes=0-9"}])
def test_who_takes_nothing_compressed_or_a_part_is_streamlits(
    folder: Path, headers: dict[str, str]
) -> None:
    assert ask(folder, "/static/js/main.js", **headers)[0] == 299


def test_only_a_get_is_answered(folder: Path) -> None:
    assert ask(folder, "/static/js/main.js", "POST")[0] == 299


def test_a_file_is_read_once_for_all_who_ask(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    begun, go_on = threading.Event(), threading.Event()

    def slowly(file: Path, control: str) -> Kept:
        reads.append(file)
        begun.set()
        go_on.wait()
        return read(file, control)

    monkeypatch.setattr(static_files, "read", slowly)

    async def work() -> list[Any]:
        app = StaticFileCache(streamlit, {HASHED: folder})
        asking = [asked(app, "/static/js/main.js") for _each in range(30)]
        first, *others = [asyncio.ensure_future(one) for one in asking]
        await asyncio.to_thread(begun.wait)
        first.cancel()  # a browser that goes away takes nothing from the others
        go_on.set()
        return [*await asyncio.gather(*others), await asked(app, "/static/js/main.js")]

    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(asyncio.run, work()).result()
    assert len(reads) == 1 and len(answers) == 30
    assert {status for status, _headers, _body in answers} == {200}


def test_a_file_that_is_gone_is_streamlits_and_looked_for_again(folder: Path) -> None:
    async def work() -> list[int]:
        app = StaticFileCache(streamlit, {HASHED: folder})
        script = folder / "js" / "main.js"
        script.unlink()
        gone, _headers, _body = await asked(app, "/static/js/main.js")
        script.write_bytes(SCRIPT)
        back, _headers, _body = await asked(app, "/static/js/main.js")
        return [gone, back]

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, work()).result() == [299, 200]


def test_the_folder_of_a_package() -> None:
    assert (package("streamlit") / "static" / "index.html").is_file()
    with pytest.raises(ImportError, match="no_such_package"):
        package("no_such_package")
