"""QR codes as images inside the page."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from io import BytesIO

import segno
from PIL import Image

LONGEST = 300
# A module is 8 pixels: enough for a reader that smooths what it enlarges, and nothing to pack. As paths a code has 500 lines to draw.
SCALE = 8
# Light and dark modules as grey values; the dark one is the ink of the page.
GREYS = bytes((255, 17)) + bytes(254)


@lru_cache(maxsize=64)
def qr_code(address: str) -> str | None:
    """A `data:` address of the code's picture, or None for an address too long to be scanned from paper.

    Error correction M, so that a fold or a stain does not spoil it.
    """
    if len(address) > LONGEST:
        return None
    modules = segno.make_qr(address, error="m").matrix
    size = len(modules)
    picture = Image.frombytes("L", (size, size), b"".join(modules).translate(GREYS))
    file = BytesIO()
    picture.resize((size * SCALE, size * SCALE), Image.Resampling.NEAREST).save(file, "PNG")
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
