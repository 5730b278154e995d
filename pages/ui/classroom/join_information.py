"""How members get into a class: QR code, address, code. Script thread."""

import base64
from html import escape
from urllib.parse import urlencode, urlsplit

import streamlit as st

from model_store.classroom.classes import SchoolClass
from model_store.text import _
from pages.ui.classroom.rights import DESK, desk_key
from pages.ui.figures.qr_code import qr_svg
from pages.ui.frame import layout
from pages.ui.server import addresses
from pages.ui.state import url

ADDRESS = "address"  # parameter: the host that the teacher has chosen


def join_bases() -> list[str]:
    """Return the starts of addresses for members; this computer's own if no other can reach it."""
    here = str(st.context.url or "http://localhost:8501")
    return addresses.reachable_bases(here) or [addresses.shared_base(here)[0]]


def join_base() -> str:
    """Return the start that the teacher has chosen, else the likeliest."""
    bases = join_bases()
    wanted = url.param(ADDRESS)
    return next((base for base in bases if urlsplit(base).hostname == wanted), bases[0])


def join_address(found: SchoolClass, base: str = "") -> str:
    """Return the address of a class for its members."""
    return f"{base or join_base()}/c/{found.code}"


def qr_image(text: str, label: str) -> str:
    """Return a QR code as an HTML image."""
    picture = base64.b64encode(qr_svg(text).encode()).decode()
    source = f"data:image/svg+xml;base64,{picture}"
    return f'<img class="lab-qr" src="{source}" alt="{escape(label)}">'


def desk_on_a_phone(found: SchoolClass) -> None:
    """Draw the code that brings this desk to the teacher's phone, closed at first."""
    with st.popover(_("Desk on my phone"), icon=":material/smartphone:", key="desk_on_a_phone"):
        st.write(
            _(
                "Scan this with your own phone to lead the class from there. Whoever has this "
                "code can do so: do not show it on the projector."
            )
        )
        query = urlencode({"class": found.code, DESK: desk_key(found)})
        address = f"{join_base()}/classroom?{query}"
        label = _("QR code of the desk")
        st.html(f'<div class="lab-join">{qr_image(address, label)}</div>')


def short_address(address: str) -> str:
    """Return the part of a `join_address` that people type before the code."""
    return address.partition("://")[2].rpartition("/")[0]


def join_information(found: SchoolClass) -> None:
    """Draw the QR code, the address and the code, and a choice if there are several addresses."""
    bases = join_bases()
    address = join_address(found)
    picture = qr_image(address, _("QR code of {address}").format(address=address))
    st.html(
        f'<div class="lab-join">{picture}<div><small>{escape(_("Address"))}</small>'
        f"<p>{escape(short_address(address))}</p><small>{escape(_('Code'))}</small>"
        f"<b>{escape(found.code)}</b></div></div>"
    )
    if len(bases) > 1:
        hosts = [str(urlsplit(base).hostname) for base in bases]
        st.selectbox(
            _("Address of this computer"),
            hosts,
            help=_("If phones cannot open the address, choose another one."),
            **url.linked(ADDRESS, str(urlsplit(join_base()).hostname)),
        )
    if not addresses.reachable_bases(str(st.context.url or "http://localhost")):
        layout.remark(
            _("Only this computer can open this address. To let phones in, start with: make class")
        )
