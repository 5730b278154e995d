"""Private parts of Streamlit that the server depends on. Checked with Streamlit 1.67."""

import logging
from collections.abc import Callable
from functools import partial

from streamlit import delta_generator
from streamlit.components.v2.bidi_component import serialization
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import memory_session_storage
from streamlit.runtime.scriptrunner import get_script_run_ctx

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


def run_again_after_a_gap() -> None:
    """Let the browser run the page again when it has lost its server; once a script run.

    Streamlit's front end does so for pages with a timed fragment. Otherwise a new server would know
    none of the page's fragments, and leave out what they ask for. This one is named alone: it would
    draw nothing, and cost each visit 0.4 ms. Streamlit passes over a timed fragment that is gone.
    """
    message = ForwardMsg()
    message.auto_rerun.interval = 24 * 3600.0  # seconds
    message.auto_rerun.fragment_id = "lab_gap"
    if (context := get_script_run_ctx()) is not None:
        context.enqueue(message)
