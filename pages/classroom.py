"""Class: open one, lead it from the desk, and show its board on a projector."""

from model_store.text import _
from pages.ui.classroom.class_board import class_board
from pages.ui.classroom.class_list import class_list
from pages.ui.classroom.desk import desk
from pages.ui.classroom.rights import may_lead
from pages.ui.frame import layout
from pages.ui.services import singletons
from pages.ui.state import url

code = url.param("class")
found = singletons.classes().find(code) if code else None
if found is None:
    if code:
        layout.problem(_("There is no class with this code."), "", _("Check it, or open one."))
    class_list()
elif url.param("view") == "board" or not may_lead(found):
    class_board(found)
else:
    desk(found)
