"""The theme, read from the settings once instead of at every click.

Streamlit tells each browser the whole theme whenever a script or a fragment begins, and looks for
it among all its settings anew. The settings of a server stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

Populate = Callable[..., None]
_NAME = "_populate_theme_msg"  # of Streamlit 1.67; where it is gone, nothing is changed


def read_theme_once() -> None:
    """From now on, fill in the theme as it is first found. Before the server starts."""
    populate = getattr(app_session, _NAME, None)
    if populate is not None:
        setattr(app_session, _NAME, remembering(populate))


def remembering(populate: Populate) -> Populate:
    """As `populate`, which fills a theme's message from a section of the settings; asked once."""
    kept: dict[str, CustomThemeConfig] = {}

    def fill(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in kept:
            theme = CustomThemeConfig()
            populate(theme, section)
            kept[section] = theme
        if kept[section].ListFields():  # an empty one would count as set
            message.MergeFrom(kept[section])

    return fill
