"""Private parts of Streamlit that the server depends on. Checked with Streamlit 1.67."""

import logging

# Streamlit's logger of messages from browsers. Without it, malformed ones write a traceback each.
MESSAGES = "streamlit.web.server.starlette.starlette_websocket"


def shorten_message_log() -> None:
    """Log a malformed message of a browser in one line."""
    logging.getLogger(MESSAGES).addFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True
