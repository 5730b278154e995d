"""End of a class: report, close, delete. Script thread."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from model_store import StoreError
from model_store.classroom.classes import SchoolClass
from model_store.text import _
from pages.ui.frame import layout, navigation
from pages.ui.services import singletons
from pages.ui.services.classes.deletion import delete_class
from pages.ui.services.classes.report import class_report
from training.lessons.class_report import ClassReport


def class_end(found: SchoolClass) -> None:
    """Draw the downloads of the report, and the buttons that end the class."""
    layout.section(
        _("Afterwards"), _("The report has every activity with its result. Print it, or keep it.")
    )
    name = f"class-{found.code}"
    with st.container(horizontal=True, key="desk_report"):
        for kind, mime, label, icon, content in (
            ("html", "text/html", _("Report to print"), "print", ClassReport.html),
            ("csv", "text/csv", _("Table (CSV)"), "table", ClassReport.csv),
            (
                *("zip", "application/zip", _("All with drawings and receipts (ZIP)")),
                *("folder_zip", ClassReport.archive),
            ),
        ):
            st.download_button(
                label,
                data=partial(_content, found, content),
                file_name=f"{name}.{kind}",
                mime=mime,
                icon=f":material/{icon}:",
                on_click="ignore",
                key=f"report_{kind}",
            )
    with st.container(horizontal=True, key="desk_end_buttons"):
        if found.closed is None:
            st.button(
                _("Close the class"),
                icon=":material/lock:",
                help=_("Nobody can join or give anything any more. The report stays."),
                on_click=_close,
                args=(found,),
                key="close_class",
            )
        with st.popover(_("Delete this class"), icon=":material/delete:", key="delete_class"):
            st.write(
                _(
                    "Delete this class with all that its members left here since they joined: "
                    "nicknames, drawings, answers, trainings, sweeps, data sets, lessons and "
                    "names? This cannot be undone. Download the report first."
                )
            )
            if st.button(_("Yes, delete everything"), type="primary", key="delete_class_yes"):
                with layout.problem_on(StoreError, what=_("The class could not be deleted.")):
                    delete_class(found)
                    navigation.go("classroom")


def _content(found: SchoolClass, content: Callable[[ClassReport], str | bytes]) -> str | bytes:
    """Make the report when somebody downloads it."""
    return content(class_report(found))


def _close(found: SchoolClass) -> None:
    """Close the class. A callback."""
    with layout.problem_on(StoreError):
        singletons.classes().close(found.id)
