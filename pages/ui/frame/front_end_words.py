"""Words of Streamlit's and Plotly's front ends, which speak English alone. Script thread."""

from model_store.text import N_, _
from model_store.text.languages import SOURCE
from pages.ui.state import language

# Checked with Streamlit 1.67 and Plotly 7.1; a word that they no longer have does no harm.
_WHOLE = (
    *(N_("Skip to main content"), N_("App pages"), N_("Choose an option"), N_("Choose options")),
    *(
        N_("Open"),
        N_("Close"),
        N_("Decrement"),
        N_("Increment"),
        N_("Clear value"),
        *(N_("Clear all"), N_("Selected values"), N_("file upload"), N_("Help")),
        N_("The page that you have requested does not seem to exist. Running the app's main page."),
    ),
    *(N_("Zoom in"), N_("Zoom out"), N_("Zoom"), N_("Pan"), N_("Reset axes"), N_("Autoscale")),
    *(N_("Download plot as a PNG"), N_("Fullscreen"), N_("Close fullscreen"), N_("Copied")),
    *(N_("Copy to clipboard"), N_("No results"), N_("Upload"), N_("Browse files"), N_("Search")),
    *(N_("Drag and drop file here"), N_("Drag and drop files here"), N_("Select all"), N_("Print")),
    *(N_("Press Enter to apply"), N_("Press Enter to submit form"), N_("Download as CSV")),
    *(N_("Show/hide columns"), N_("Running..."), N_("Running"), N_("Stop"), N_("Rerun")),
    *(N_("Connecting"), N_("Connection error"), N_("Page not found"), N_("Next page")),
    *(N_("Previous page"), N_("Pagination"), N_("More options"), N_("Show password text")),
    *(N_("Hide password text"), N_("Collapse sidebar"), N_("Expand sidebar"), N_("Remove")),
    *(
        N_("Show more"),
        N_("Show less"),
        N_("Sidebar"),
        N_("Add files"),
        N_("Double-click to zoom back out"),
        N_("Select date"),
    ),
)
# "{x}" stands for anything, which is left as it is.
_PATTERNS = (
    *(N_("Help for {x}"), N_("Page {x}"), N_("Go to page {x}"), N_("Remove {x}"), N_("Edit {x}")),
    *(N_("Limit {x} per file"), N_("{x} per file"), N_("Delete {x}"), N_("Clear {x}")),
    *(N_("Press ⌘+Enter to apply"), N_("Press Ctrl+Enter to apply"), N_("Shortcut {x}")),
)


def front_end_words() -> dict[str, str]:
    """Return English -> the session's language; nothing for English."""
    if language.current() == SOURCE:
        return {}
    return {word: str(_(word)) for word in (*_WHOLE, *_PATTERNS)}
