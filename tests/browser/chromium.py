"""Find a Chromium for the browser tests, or install one: `python tests/browser/chromium.py`.

Order: the one that SOFTMAX_LAB_CHROMIUM names, one on the PATH, one at a usual place,
Playwright's own. Else root on Debian installs Debian's package, and others Playwright's download.
The headless shell comes first: it is Chromium without the browser's own window, and faster.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PACKAGES = ("chromium-headless-shell", "chromium")  # of Debian
NAMES = (*PACKAGES, "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)
NONE_HERE = (
    "The browser tests need Chromium, and none could be found or installed. "
    "Install Chromium or Chrome, or set SOFTMAX_LAB_CHROMIUM to its path."
)
Run = Callable[[Sequence[str]], bool]


def run(command: Sequence[str]) -> bool:
    """Run a command without input; True if it succeeded."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=env
        )
    except OSError:
        return False
    return done.returncode == 0


def playwrights_own() -> str | None:
    """Return the browser that Playwright has downloaded, if any."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def find(
    environ: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
    own: Callable[[], str | None] = playwrights_own,
) -> str | None:
    """Return the path of an installed Chromium."""
    named = environ.get("SOFTMAX_LAB_CHROMIUM")
    if named:
        return which(named)
    return next((path for path in map(which, (*NAMES, *PLACES)) if path), None) or own()


def install(
    run: Run = run,
    which: Callable[[str], str | None] = shutil.which,
    root: bool = hasattr(os, "geteuid") and os.geteuid() == 0,
) -> bool:
    """Install Debian's package if allowed, else Playwright's download."""
    debian = root and which("apt-get") is not None
    if debian and run(["apt-get", "update", "-qq"]):
        for package in PACKAGES:
            if run(["apt-get", "install", "-y", "-qq", package]):
                return True
    libraries = ["--with-deps"] if debian else []
    return run([sys.executable, "-m", "playwright", "install", *libraries, "chromium"])


def main() -> int:
    """Print where Chromium is; print an error and return 1 if there is none."""
    path = find()
    if path is None and not os.environ.get("SOFTMAX_LAB_CHROMIUM"):
        print("No Chromium found for the browser tests: installing one.", flush=True)
        path = find() if install() else None
    print(f"Browser tests use {path}" if path else NONE_HERE)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
