"""Softmax Lab's entry: `streamlit run app.py`.

The server process: pages, the store and NumPy inference; TensorFlow lives in the engine's workers,
which `lifespan` starts before the first page and ends with the server. The script that every
session runs is `pages/ui/frame/shell.py`: beside it stands no `pages` folder, so Streamlit finds
no pages
of its own accord, and a link to any page of a fresh server goes through the shell.
"""

from __future__ import annotations

import gettext
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pages.ui.server.static_files import FRONT_END, VENDOR_PATH, StaticFileCache
from pages.ui.server.streamlit_patches import lighten
from pages.ui.server.tcp_nodelay import TcpNoDelay
from pages.ui.server.visitor_cookie import VisitorCookie
from pages.ui.services import singletons

HERE = Path(__file__).parent
# Python looks for the catalogue of words on the disk at every sentence: once is enough.
gettext.translation = cache(partial(gettext.translation, fallback=True))  # type: ignore[assignment]
lighten()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Start the engine in the background; end it with the server."""
    singletons.start()
    try:
        yield
    finally:
        singletons.stop()


app = st.App(
    HERE / "pages" / "ui" / "frame" / "shell.py",
    lifespan=lifespan,
    routes=[Mount(VENDOR_PATH, app=StaticFiles(directory=FRONT_END[VENDOR_PATH]))],
    middleware=[
        Middleware(StaticFileCache, places=FRONT_END),
        Middleware(TcpNoDelay),
        Middleware(VisitorCookie),
    ],
)

if __name__ == "__main__":
    app.run()
