"""Board of a class on its page. Script thread."""

from urllib.parse import urlencode

from model_store.classroom.classes import SchoolClass
from model_store.text import _
from pages.ui.classroom.activity_forms import followable
from pages.ui.classroom.board import board
from pages.ui.classroom.join_information import ADDRESS, join_address, short_address
from pages.ui.classroom.rights import DESK, may_lead
from pages.ui.services.classes import words
from pages.ui.state import url


def class_board(found: SchoolClass) -> None:
    """Draw the board; whoever may lead the class also gets a link to the desk."""
    links = [(_("Home"), "/")]
    if may_lead(found):
        links = [(_("Desk"), f"/classroom?{urlencode(desk_params(found))}")]
    address = join_address(found)
    board(found.code, address, short_address(address), links, followable(), words.titles())


def board_params(found: SchoolClass) -> dict[str, str]:
    """Return the parameters of the board's address."""
    return {**desk_params(found), "view": "board"}


def desk_params(found: SchoolClass) -> dict[str, str]:
    """Return the parameters of the desk's address: the class, and what this browser came with."""
    kept = {name: url.param(name) for name in (ADDRESS, DESK) if url.param(name)}
    return {"class": found.code, **kept}
