"""The app with trainings of `tests.support.made_up`: `streamlit run tests/support/made_up_app.py`.

A test of what pages show of a training needs neither TensorFlow nor a busy core.
"""

from functools import partial

import streamlit as st

import app as real
from pages.ui.services import singletons
from tests.support.made_up import MADE_UP
from training.engine.engine import Engine

singletons.Engine = partial(Engine, train=MADE_UP)  # type: ignore[attr-defined,assignment]
app = st.App(real.SHELL)  # Streamlit reads from this line that the file is an app
app = real.app
