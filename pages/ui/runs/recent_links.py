"""Links to the newest runs or sweeps of the store, with the state of each. Script thread."""

from collections.abc import Sequence
from dataclasses import dataclass

from pages.ui.components.component import component
from pages.ui.state import selection, url

_KEY = "recent_links"
_HTML = '<section class="lab-recent"><h2></h2><ul></ul><p></p></section>'


@dataclass(frozen=True, slots=True)
class Recent:
    """A link: id of the run or sweep, word and colour of its state, title in plain text."""

    id: str
    state: tuple[str, str]
    title: str


def recent_links(
    title: str, recent: Sequence[Recent], param: str, more: Sequence[str] = ()
) -> None:
    """Draw links to the same page, with `param` in its address; nothing if there are none.

    One element for all of them: eight links with their states were 24. `more` is the last one, of
    `navigation.plain_link`.
    """
    if not recent:
        return

    def opened() -> None:
        asked = selection.component_value(_KEY, "opened")
        if asked in [each.id for each in recent]:
            url.set_params(**{param: asked, "recipe": None})

    links = [[each.id, *each.state, each.title] for each in recent]
    data = {"title": title, "links": links, "param": param, "more": more}
    component("recent_links", _HTML, data, _KEY, on_opened_change=opened)
