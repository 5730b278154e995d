"""The script that every session runs first, whatever its address: frame and navigation."""

from __future__ import annotations

from pages.ui import layout, navigation

layout.frame()
navigation.current_page().run()
