"""QR codes as images inside the page."""

from __future__ import annotations

from functools import lru_cache

import segno


@lru_cache(maxsize=64)
def qr_code(address: str) -> str:
    """A `data:` address of the code's drawing; error correction M, so that a fold or a stain does not spoil it."""
    return str(segno.make_qr(address, error="m").svg_data_uri(border=0, dark="#111", omitsize=True))
