"""Private parts of Streamlit that the server depends on. Checked with Streamlit 1.67."""

import logging
from functools import partial

from streamlit.runtime import memory_session_storage

# Streamlit's logger of messages from browsers. Without it, malformed ones write a traceback each.
MESSAGES = "streamlit.web.server.starlette.starlette_websocket"


def shorten_message_log() -> None:
    """Log a malformed message of a browser in one line."""
    logging.getLogger(MESSAGES).addFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True


def limit_closed_sessions(most: int) -> None:
    """Keep at most `most` sessions whose browser has gone; call before the server starts.

    Streamlit keeps 128 for two minutes, and each has three files open.
    """
    limited = partial(memory_session_storage.MemorySessionStorage, maxsize=most)
    memory_session_storage.MemorySessionStorage = limited  # type: ignore[assignment,misc]
