"""End of a class: report, close, delete. Script thread."""

import streamlit as st

from model_store.classroom.classes import SchoolClass


def class_end(found: SchoolClass) -> None:
    """Draw the downloads of the report, and the buttons that end the class."""
    st.empty()
