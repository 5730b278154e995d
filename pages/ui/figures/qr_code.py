"""QR codes as SVG. Pure, any thread."""

import segno

MARGIN = 4  # modules of quiet zone, which readers need


def qr_path(text: str) -> tuple[str, int]:
    """Return the dark modules of a QR code as an SVG path, and the picture's side in modules.

    Raises:
        ValueError: if the text is too long for a QR code.
    """
    rows = [
        list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=MARGIN)
    ]
    parts: list[str] = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                parts.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length + 1
    return "".join(parts), len(rows)


def qr_svg(text: str) -> str:
    """Return a QR code as an SVG picture, dark on white in light and dark pages.

    Raises:
        ValueError: as `qr_path`.
    """
    path, side = qr_path(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path fill="#000" d="{path}"/></svg>'
    )
