"""QR codes as images inside the page."""

from __future__ import annotations

from functools import lru_cache

import segno

LONGEST = 300


@lru_cache(maxsize=64)
def qr_code(address: str) -> str | None:
    """A `data:` address of the code's drawing, or None for an address too long to be scanned from paper.

    Error correction M, so that a fold or a stain does not spoil it.
    """
    if len(address) > LONGEST:
        return None
    return str(segno.make_qr(address, error="m").svg_data_uri(border=0, dark="#111", omitsize=True))
