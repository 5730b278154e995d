"""Who may open a class, and who may lead it. Script thread."""

import hashlib
import hmac

from model_store.classroom.classes import SchoolClass
from pages.ui.frame import permissions
from pages.ui.state import url, visitor

DESK = "desk"  # parameter: the key of a class's desk


def may_open() -> bool:
    """True for a teacher; without a teacher's code, for whoever sits at the server's computer."""
    return permissions.may_see_keys()


def may_lead(found: SchoolClass) -> bool:
    """True for the class's owner, for all who may open classes, and with the desk's key."""
    return found.owner == visitor.visitor_id() or may_open() or _has_key(found)


def desk_key(found: SchoolClass) -> str:
    """Return what lets another browser lead the class, such as the teacher's phone.

    It is made from the owner's visitor id, which nobody else knows.
    """
    return hmac.new(found.owner.encode(), found.id.encode(), hashlib.sha256).hexdigest()[:32]


def _has_key(found: SchoolClass) -> bool:
    given = url.param(DESK).encode()
    return bool(found.owner) and hmac.compare_digest(given, desk_key(found).encode())
