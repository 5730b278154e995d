"""Accessibility checks of a page: axe, keyboard, contrast, headings."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

READABLE = 4.5  # contrast of text by WCAG 2.2, level AA
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
SEVERE = ("serious", "critical")
ALIKE = {"exclude": [[".lab-pixels tr:nth-child(n+3)"]]}  # axe needs long for 784 equal cells
DARK = "getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(18, 20, 28)'"
STILL = "* { transition: none !important; }"
# Tab skips disabled and invisible controls, and options that arrow keys choose.
WALK = """() => {
  window.deepest = () => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element === document.body ? null : element;
  };
  const properties = ["outline", "boxShadow", "borderColor", "backgroundColor", "opacity"];
  window.look = (element) => {
    const styles = [];
    for (let e = element, i = 0; e && i < 5; e = e.parentElement, i++) {
      for (const part of [null, "::before", "::after"]) {
        const style = getComputedStyle(e, part);
        styles.push(properties.map((name) => style[name]).join());
      }
    }
    return styles.join("|");
  };
  window.called = (e) => `${e.tagName} ${e.ariaLabel ?? e.textContent.trim().slice(0, 60)}`;
  const wanted = "a[href], button, input, select, textarea, summary, [tabindex]";
  window.reachable = (root = document) => [...root.querySelectorAll("*")].flatMap((e) => [
    ...(e.shadowRoot ? window.reachable(e.shadowRoot) : []),
    ...(e.matches(wanted) && e.tabIndex >= 0 && !e.disabled
        && !e.matches("[role=radio], [type=radio], [aria-hidden=true] *, [inert] *")
        && e.checkVisibility({ visibilityProperty: true }) ? [e] : []),
  ]);
  window.walked = new Map();
}"""
STEP = """() => {
  const element = window.deepest();
  if (!element) return true; // between the end of the page and its beginning
  if (window.walked.has(element)) return false;
  window.walked.set(element, window.look(element));
  return true;
}"""
UNSEEN = """() => {
  window.deepest()?.blur();
  return [...window.walked]
    .filter(([element, look]) => element.isConnected && look === window.look(element))
    .map(([element]) => window.called(element));
}"""
MISSED = "() => window.reachable().filter((e) => !window.walked.has(e)).map(window.called)"
HELP_FIRST = """() => {
  const walked = [...window.walked.keys()];
  return walked.filter((e, i) => {
    const field = e.closest("label")?.parentElement.querySelector("input, textarea, select");
    return field && walked.indexOf(field) > i;
  }).map(window.called);
}"""
LEVELS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((e) => e.checkVisibility()).map((e) => Number(e.tagName[1]))"""


def findings(page: Page, **options: Any) -> list[str]:
    """Return axe's serious and critical findings, each with its place and reason."""
    asked = [ALIKE, {"resultTypes": ["violations"], **options}]
    found = page.evaluate("(asked) => axe.run(...asked)", asked)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in SEVERE
        for node in rule["nodes"]
    ]


def expect_nothing_serious(page: Page) -> None:
    """Expect no serious axe findings in light and dark; the page stays dark."""
    page.add_style_tag(content=STILL)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    _expect_none(findings(page), "in the light")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DARK)
    _expect_none(findings(page, runOnly=["color-contrast"]), "in the dark")


def expect_the_keyboard_to_reach_everything(page: Page, presses: int = 200) -> None:
    """Expect Tab to reach and mark every control, and each field before its help."""
    page.add_style_tag(content=STILL)
    page.evaluate(WALK)
    for _ in range(presses):
        page.keyboard.press("Tab")
        if not page.evaluate(STEP):
            break
    assert page.evaluate("window.walked.size") > 8, "navigation and content"
    _expect_none(page.evaluate(HELP_FIRST), "help before its field")
    _expect_none(page.evaluate(MISSED), "not reached")
    _expect_none(page.evaluate(UNSEEN), "reached without a visible sign")


def _expect_none(found: list[str], what: str) -> None:
    assert not found, f"{what}: {found}"


def expect_headings_in_order(page: Page) -> None:
    """Expect one heading of level 1 first, and no skipped level after it."""
    levels = page.evaluate(LEVELS)
    assert levels[:1] == [1] and levels.count(1) == 1, levels
    assert all(b <= a + 1 for a, b in pairwise(levels)), levels


def luminance(colour: list[float]) -> float:
    """Return the relative luminance of red, green and blue, 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
