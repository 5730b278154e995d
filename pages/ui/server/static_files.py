"""The front end's files, compressed once and then from memory: a browser that is new asks for all
that a page needs, and a class on one Wi-Fi does so at once. See `benchmarks/first_visit.py`.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

VENDOR_PATH = "/vendor"  # where plotly.js is served
HASHED = "/static"  # Streamlit's own: every name below has the hash of its file
CANVAS = "streamlit-drawable-canvas.streamlit_drawable_canvas"
LASTING = "public, immutable, max-age=31536000"
ASKED_AGAIN = "no-cache"  # is asked for again, and answered shortly if it is the same
_COMPACT = {".woff2", ".woff", ".png", ".gif", ".gz"}


def package(name: str) -> Path:
    """The folder of an installed package, which is not imported."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ImportError(name)
    return Path(spec.origin).parent


# Address of a folder -> the folder; the addresses are Streamlit's, but for our own of Plotly.
FRONT_END: Mapping[str, Path] = {
    HASHED: package("streamlit") / "static" / "static",
    VENDOR_PATH: package("plotly") / "package_data",
    f"/_stcore/bidi-components/{CANVAS}": package("streamlit_drawable_canvas") / "frontend/build",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file's bytes, as they are sent, and the headers they are sent with."""

    body: bytes
    headers: Mapping[str, str]


class StaticFileCache:
    """ASGI middleware: answers for the files of `places`, such as `FRONT_END`.

    Streamlit reads each file anew for every browser, and sends those below `/static` as they are;
    it leaves it to a server in front of it to do better, and a school has none. Only what stood in
    the folders at the start is found, so no address reaches the disk. Who takes nothing compressed,
    or asks for a part, is answered by Streamlit. Event loop thread; files are read and compressed
    in others.
    """

    def __init__(self, app: ASGIApp, places: Mapping[str, Path]) -> None:
        self._app = app
        self._files = {
            f"{address}/{file.relative_to(folder).as_posix()}": file
            for address, folder in places.items()
            for file in folder.rglob("*")
            if file.is_file()
        }
        self._reading: dict[str, asyncio.Task[Kept]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on what is asked for."""
        kept = await self._kept(scope) if self._is_asked(scope) else None
        if kept is None:
            await self._app(scope, receive, send)
            return
        same = Headers(scope=scope).get("if-none-match") == kept.headers["etag"]
        body, status = (b"", 304) if same else (kept.body, 200)
        await Response(body, status, dict(kept.headers))(scope, receive, send)

    def _is_asked(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self._files:
            return False
        headers = Headers(scope=scope)
        return "gzip" in headers.get("accept-encoding", "") and "range" not in headers

    async def _kept(self, scope: Scope) -> Kept | None:
        """The file asked for; None if it can be read no longer. All who wait share a reading."""
        address = scope["path"]
        if address not in self._reading:
            control = LASTING if address.startswith(f"{HASHED}/") else ASKED_AGAIN
            work = asyncio.to_thread(read, self._files[address], control)
            self._reading[address] = asyncio.create_task(work)
        try:
            return await asyncio.shield(self._reading[address])
        except OSError:
            self._reading.pop(address, None)
            return None


def read(file: Path, control: str) -> Kept:
    """A file as it is kept; `control` says how long a browser may keep it.

    Raises:
        OSError: if it cannot be read.
    """
    body = file.read_bytes()
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = {
        "content-type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "cache-control": control,
        "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    if file.suffix not in _COMPACT:
        body = gzip.compress(body, mtime=0)
        headers["content-encoding"] = "gzip"
    return Kept(body, headers)
