"""Private parts of Streamlit that the server depends on. Checked with Streamlit 1.67."""

import logging
from collections.abc import Callable
from functools import partial

from streamlit import delta_generator
from streamlit.components.v2.bidi_component import serialization
from streamlit.runtime import memory_session_storage

# Streamlit's logger of messages from browsers. Without it, malformed ones write a traceback each.
MESSAGES = "streamlit.web.server.starlette.starlette_websocket"


def shorten_message_log() -> None:
    """Log a malformed message of a browser in one line."""
    logging.getLogger(MESSAGES).addFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True


def skip_console_check() -> None:
    """Let the first element of the server come without a look whether this is a Python console.

    Streamlit looks up the source file of every loaded module for it, while the first visitor waits:
    0.1 s of processor time.
    """
    delta_generator._use_warning_has_been_displayed = True


def keep_pandas_out() -> None:
    """Send mappings and lists of a component as they are.

    Streamlit loads pandas and PyArrow to find out that they are no tables: 0.4 s of processor time
    for the first canvas.
    """
    name = "is_dataframe_like"
    is_table: Callable[[object], bool] = getattr(serialization, name)
    setattr(serialization, name, lambda value: type(value) not in (dict, list) and is_table(value))


def limit_closed_sessions(most: int) -> None:
    """Keep at most `most` sessions whose browser has gone; call before the server starts.

    Streamlit keeps 128 for two minutes, and each has three files open.
    """
    limited = partial(memory_session_storage.MemorySessionStorage, maxsize=most)
    memory_session_storage.MemorySessionStorage = limited  # type: ignore[assignment,misc]
