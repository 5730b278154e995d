"""Who may open a class, and who may lead it. Script thread."""

from model_store.classroom.classes import SchoolClass
from pages.ui.frame import permissions
from pages.ui.state import visitor


def may_open() -> bool:
    """True for a teacher; without a teacher's code, for whoever sits at the server's computer."""
    return permissions.may_see_keys()


def may_lead(found: SchoolClass) -> bool:
    """True for the class's owner, and for all who may open classes."""
    return found.owner == visitor.visitor_id() or may_open()
