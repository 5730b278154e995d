"""Text and URL parameters of a page that AppTest has run."""

from collections.abc import Iterable

from streamlit.testing.v1 import AppTest


def errors(at: AppTest) -> str:
    """Return the page's error messages as plain text."""
    return _plain(element.value for element in at.error)


def words(at: AppTest) -> str:
    """Return the page's sentences as plain text."""
    return _plain(e.value for e in (*at.markdown, *at.caption, *at.error, *at.info, *at.success))


def html(at: AppTest) -> str:
    """Return the page's own HTML."""
    return " ".join(element.proto.body for element in at.get("html"))


def address(at: AppTest) -> dict[str, str]:
    """Return the page's URL parameters; AppTest keeps the initial ones in lists."""
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def _plain(texts: Iterable[str]) -> str:
    return " ".join(texts).replace("\\", "")
