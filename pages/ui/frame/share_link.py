"""An address to pass on to others. Script thread."""

import streamlit as st

from model_store.text import _
from pages.ui.frame import layout
from pages.ui.server import addresses


def share_link(path: str) -> None:
    """Show the address of `path` on this server; say so if others cannot reach it."""
    here = str(st.context.url or "http://localhost")
    base, reachable = addresses.shared_base(here)
    st.code(f"{base}{path}", language=None, wrap_lines=True)
    if not reachable:
        layout.remark(
            _(
                "This address works only on this computer. To let others in, start the app with: "
                "make run ADDRESS=0.0.0.0"
            )
        )
    elif not here.startswith(f"{base}/"):
        layout.remark(_("Others on your network can use this address. localhost is for you alone."))
