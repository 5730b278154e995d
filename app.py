"""Entry of Softmax Lab: `streamlit run app.py`.

The server process runs pages, store and NumPy inference. TensorFlow lives in the engine's workers.
Every session runs `pages/ui/frame/shell.py`. That script has no `pages` folder beside it, so
Streamlit finds no pages by itself, and a link to any page of a new server goes through the shell.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pages.ui import browser
from pages.ui.server.browser_routes import browser_routes
from pages.ui.server.class_routes import class_routes
from pages.ui.server.live.channel import LiveChannel
from pages.ui.server.open_files import closed_sessions, raise_open_file_limit
from pages.ui.server.request_guard import RequestGuard, own_names
from pages.ui.server.static_files import FRONT_END, VENDOR_PATH, StaticFileCache, page_addresses
from pages.ui.server.streamlit_private import (
    keep_pandas_out,
    limit_closed_sessions,
    shorten_message_log,
    skip_console_check,
)
from pages.ui.server.visitor_cookie import VisitorCookie
from pages.ui.services import late
from pages.ui.state.language import of_browser

FOLDER = Path(__file__).parent / "pages"
SHELL = FOLDER / "ui" / "frame" / "shell.py"
limit_closed_sessions(closed_sessions(raise_open_file_limit()))
shorten_message_log()
skip_console_check()
keep_pandas_out()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Load the pages and start the engine in the background; end it with the server."""
    late.start()
    try:
        yield
    finally:
        late.stop()


app = st.App(
    SHELL,
    lifespan=lifespan,
    routes=[
        Mount(VENDOR_PATH, app=StaticFiles(directory=FRONT_END[VENDOR_PATH])),
        *browser_routes(
            late.late("model_cache", "weights_file"),
            late.late("exciting_images", "exciting_images"),
            late.late("model_cache", "batch_file"),
            late.late("singletons", "pad_memory"),
        ),
        *class_routes(
            page=late.late("classes.requests", "page"),
            language=of_browser,
            join=late.late("classes.requests", "join"),
            mine=late.late("classes.requests", "mine"),
            others=late.late("classes.requests", "others"),
            enter=late.late("classes.requests", "enter"),
            race=late.late("classes.requests", "race"),
        ),
        *LiveChannel(late.topic_kinds()).routes(),
    ],
    middleware=[
        Middleware(RequestGuard, names=own_names()),
        Middleware(VisitorCookie),
        Middleware(
            StaticFileCache,
            folders=FRONT_END,
            pages=page_addresses(FOLDER),
            style=browser.style_address(),
        ),
    ],
)

if __name__ == "__main__":
    app.run()
