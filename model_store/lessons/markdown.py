"""The Markdown of lessons as HTML: paragraphs, lists, bold, italic, code. Pure.

Everything else is escaped, so that no text can bring HTML of its own.
"""

import re
from collections.abc import Iterator
from html import escape

_INLINE = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w*])\*(?!\s)(.+?)(?<!\s)\*(?![\w*])"), r"<i>\1</i>"),
)
_ITEM = re.compile(r"(?:[-*]|(\d+)\.) (.+)")


def inline_html(text: str) -> str:
    """Return one paragraph's text as HTML."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code>{escape(part[1:-1])}</code>"
        if part.startswith("`") and len(part) > 2
        else _marked(part)
        for part in parts
    )


def html(text: str) -> str:
    """Return Markdown as HTML blocks."""
    return "".join(_block(block) for block in _blocks(text))


def _marked(text: str) -> str:
    marked = escape(text)
    for pattern, replacement in _INLINE:
        marked = pattern.sub(replacement, marked)
    return marked


def _blocks(text: str) -> Iterator[list[str]]:
    """Yield the lines of each paragraph or list."""
    block: list[str] = []
    for line in [*text.split("\n"), ""]:
        starts = bool(_ITEM.match(line)) and not (block and _ITEM.match(block[0]))
        if block and (not line.strip() or starts):
            yield block
            block = []
        if line.strip():
            block.append(line)


def _block(lines: list[str]) -> str:
    first = _ITEM.match(lines[0])
    if first is None:
        return f"<p>{inline_html(' '.join(lines))}</p>"
    items: list[str] = []
    for line in lines:
        item = _ITEM.match(line)
        if item:
            items.append(item[2])
        else:
            items[-1] += f" {line.strip()}"
    tag = "ol" if first[1] else "ul"
    return f"<{tag}>{''.join(f'<li>{inline_html(item)}</li>' for item in items)}</{tag}>"
