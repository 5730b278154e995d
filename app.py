"""Softmax Lab's entry: `streamlit run app.py`.

The server process: pages, the store and NumPy inference; TensorFlow lives in the engine's workers,
which `lifespan` starts before the first page and ends with the server. The script that every
session runs is `pages/ui/shell.py`: beside it stands no `pages` folder, so Streamlit finds no pages
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

from pages.ui import services
from pages.ui.at_once import AtOnce
from pages.ui.kept_files import FRONT_END, KeptFiles
from pages.ui.lighter import lighten
from pages.ui.live_plot import VENDOR_PATH
from pages.ui.visitor import VisitorCookie

HERE = Path(__file__).parent
# Python looks for the catalogue of words on the disk at every sentence: once is enough.
gettext.translation = cache(partial(gettext.translation, fallback=True))  # type: ignore[assignment]
lighten()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Start the engine in the background; end it with the server."""
    services.start()
    try:
        yield
    finally:
        services.stop()


app = st.App(
    HERE / "pages" / "ui" / "shell.py",
    lifespan=lifespan,
    routes=[Mount(VENDOR_PATH, app=StaticFiles(directory=FRONT_END[VENDOR_PATH]))],
    middleware=[
        Middleware(KeptFiles, places=FRONT_END),
        Middleware(AtOnce),
        Middleware(VisitorCookie),
    ],
)

if __name__ == "__main__":
    app.run()
