"""The script that every session runs first, whatever its address: frame and navigation."""

from __future__ import annotations

from pages.ui import layout, navigation, pace, services
from pages.ui.switches import switches

with pace.PAGES.turn():
    layout.frame()
    page = navigation.current_page()
    switches()
    page.run()
pace.settle(loading=services.engine().status().state == "starting")
