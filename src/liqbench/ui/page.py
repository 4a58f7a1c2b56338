"""HTML that needs nothing but itself: escaping, standalone pages, frames for a notebook."""

from __future__ import annotations

import html
from functools import cache
from importlib.resources import files
from pathlib import Path

# A page may run its own script and styles; it can load nothing, from nowhere.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_SCRIPTS = "; script-src 'unsafe-inline'"


def text(value: object) -> str:
    """Return a value as text for HTML, in an element or in a quoted attribute."""
    return html.escape(str(value), quote=True)


@cache
def asset(name: str) -> str:
    """Return one of our own style sheets or scripts."""
    return (files("liqbench.ui") / "assets" / name).read_text(encoding="utf-8")


def page(title: str, body: str, *, style: str, scripts: tuple[str, ...] = ()) -> str:
    """Return a standalone page. The title is escaped here; body, style and scripts are HTML."""
    policy = _POLICY + (_SCRIPTS if scripts else "")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            f"<body>{body}",
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>",
            "",
        ]
    )


def frame(standalone: str, *, title: str, height: int) -> str:
    """Return a standalone page inside a frame, so that it and the notebook leave each other be."""
    style = f"width:100%;height:{height}px;border:0;display:block;"
    return f'<iframe title="{text(title)}" style="{style}" srcdoc="{text(standalone)}"></iframe>'


def save(standalone: str, path: str | Path) -> Path:
    """Write a standalone page; return its path."""
    file = Path(path)
    file.write_text(standalone, encoding="utf-8")
    return file
