"""The script that every session runs first, whatever its address: frame and navigation."""

from pages.ui.frame import layout, navigation
from pages.ui.frame.display_options import display_options
from pages.ui.server import turns
from pages.ui.server.streamlit_private import run_again_after_a_gap
from pages.ui.state import language, slot

with turns.PAGES.turn():
    slot.begin()
    language.begin()
    layout.frame()
    run_again_after_a_gap()
    page = navigation.current_page()
    display_options()
    page.run()
