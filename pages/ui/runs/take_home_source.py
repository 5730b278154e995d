"""Page, scripts and colours of the file to take home. Any thread."""

from pages.ui import browser
from pages.ui.figures import theme
from training.export.take_home import MODULES, PageSource


def page_source() -> PageSource:
    """Return what `training.export.take_home` makes its file from."""
    return PageSource(
        browser.read("take_home.html"),
        {name: browser.read(f"{name}.js") for name in MODULES},
        theme.CLASS_COLOURS,
    )
