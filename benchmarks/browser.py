"""Headless Chromium for measurements and screenshots."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start the installed Chromium, without its own network calls.

    Raises:
        SystemExit: if there is none.
    """
    path = chromium.find()
    if path is None:
        raise SystemExit(chromium.NONE_HERE)
    args = ["--disable-gpu", "--disable-background-networking"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        args.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=args)
        try:
            yield browser
        finally:
            browser.close()
