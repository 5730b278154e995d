"""The front end's files, compressed once and kept in memory.

A new browser asks for all of them, and a class on one Wi-Fi does so at once: see
`benchmarks/first_visit.py`.
"""

import asyncio
import gzip
import hashlib
import mimetypes
from collections.abc import Collection, Mapping
from importlib.metadata import distribution
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

VENDOR_PATH = "/vendor"  # of plotly.js
HASHED = "/static"  # Streamlit's own: each name has the hash of its file
CANVAS = "streamlit-drawable-canvas.streamlit_drawable_canvas"
LASTING = "public, immutable, max-age=31536000"
REVALIDATED = "no-cache"  # asked for again, answered by 304 if it is the same
LEVEL = 6  # of gzip: a quarter less time than 9, and 0.3 % more bytes
_COMPRESSED = {".woff2", ".woff", ".png", ".gif", ".gz"}


def _folder(distribution_name: str, inside: str) -> Path:
    return Path(str(distribution(distribution_name).locate_file(inside)))


# Address -> folder. The addresses are Streamlit's, except for our own of Plotly.
FRONT_END: Mapping[str, Path] = {
    HASHED: _folder("streamlit", "streamlit/static/static"),
    VENDOR_PATH: _folder("plotly", "plotly/package_data"),
    f"/_stcore/bidi-components/{CANVAS}": _folder(
        "streamlit-drawable-canvas", "streamlit_drawable_canvas/frontend/build"
    ),
}
INDEX = FRONT_END[HASHED].parent / "index.html"  # of every page
# Streamlit's scripts for components, HTML and buttons, which nearly every page needs. A browser
# would ask for them only once it has the page's first elements.
EARLY = (
    "BidiComponent",
    "serialization",
    "recordbatch",
    "_arrayReduce",
    "Html",
    "purify.es",
    "Button",
)


def page_addresses(folder: Path) -> list[str]:
    """Return the addresses of the pages whose scripts are in a folder, and of the first one."""
    return ["/", *(f"/{page.stem}" for page in folder.glob("[!_]*.py"))]


class StaticFile(NamedTuple):
    """Bytes of a file as they are sent, with their headers."""

    body: bytes
    headers: Mapping[str, str]


class StaticFileCache:
    """ASGI middleware that serves the files of `folders`, such as `FRONT_END`, and `INDEX`.

    Streamlit reads each file again for every browser, compresses `INDEX` each time, and does not
    compress those below `/static`. Only files that exist at the start are served, so no URL reaches
    the disk. Streamlit answers browsers that accept no gzip or request a range. Event loop thread;
    files are read and compressed in others.
    """

    def __init__(
        self,
        app: ASGIApp,
        folders: Mapping[str, Path],
        pages: Collection[str] = (),
        style: str = "",
    ) -> None:
        """`pages` are the addresses that `INDEX` answers; browsers load `style` along with it.

        So they do with the scripts `EARLY`, as far as `folders` have them.
        """
        self._app = app
        self._paths = {
            f"{address}/{path.relative_to(folder).as_posix()}": path
            for address, folder in folders.items()
            for path in folder.rglob("*")
            if path.is_file()
        } | dict.fromkeys(pages, INDEX)
        links = [f"<{style}>; rel=preload; as=style"] if style else []
        links += [f"<{script}>; rel=modulepreload; crossorigin" for script in self._early()]
        self._links = {"link": ", ".join(links)} if links else {}
        self._files: dict[str, StaticFile] = {}
        self._lock = Lock()

    def _early(self) -> list[str]:
        start = f"{HASHED}/js/"
        named = {path.removeprefix(start).rsplit(".", 2)[0]: path for path in self._paths}
        return [named[name] for name in EARLY if named.get(name, "").startswith(start)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET of a file; pass everything else on."""
        file = await self._file(scope)
        if file is None:
            await self._app(scope, receive, send)
            return
        unchanged = Headers(scope=scope).get("if-none-match") == file.headers["etag"]
        body, status = (b"", 304) if unchanged else (file.body, 200)
        await Response(body, status, dict(file.headers))(scope, receive, send)

    async def _file(self, scope: Scope) -> StaticFile | None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self._paths:
            return None
        headers = Headers(scope=scope)
        if "gzip" not in headers.get("accept-encoding", "") or "range" in headers:
            return None
        address = scope["path"]
        try:
            return self._files.get(address) or await asyncio.to_thread(self._load, address)
        except OSError:
            return None

    def _load(self, address: str) -> StaticFile:
        with self._lock:
            if address not in self._files:
                path, lasting = self._paths[address], address.startswith(f"{HASHED}/")
                file = read(path, LASTING if lasting else REVALIDATED)
                links = self._links if path == INDEX else {}
                self._files[address] = file._replace(headers={**file.headers, **links})
            return self._files[address]


def read(path: Path, cache_control: str) -> StaticFile:
    """Read and compress a file.

    Raises:
        OSError: if it cannot be read.
    """
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {
        "content-type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "cache-control": cache_control,
        "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    if path.suffix not in _COMPRESSED:
        body = gzip.compress(body, LEVEL, mtime=0)
        headers["content-encoding"] = "gzip"
    return StaticFile(body, headers)
