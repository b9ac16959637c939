"""A firm's logo as it was uploaded, made into one that may be printed and shown: nothing in it runs, loads or hides anything."""

from __future__ import annotations

from lexapp.domain.errors import InvalidInput
from lexapp.integrations.logos.pictures import clean_picture
from lexapp.integrations.logos.vectors import clean_vector

__all__ = ["LARGEST_UPLOAD_BYTES", "clean_logo", "logo_type"]

LARGEST_UPLOAD_BYTES = 5_000_000
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


def clean_logo(data: bytes) -> tuple[bytes, str]:
    """(bytes to keep, their media type) of an uploaded PNG, JPEG or SVG, told by its content and never by its name.

    Raises InvalidInput beside `logo` with what is wrong with the file.
    """
    if not data:
        raise InvalidInput("The file is empty. Choose another one.", field="logo")
    if len(data) > LARGEST_UPLOAD_BYTES:
        size = f"{len(data) / 1_000_000:.1f} MB"
        raise InvalidInput(f"The file has {size}. Choose one of at most {LARGEST_UPLOAD_BYTES // 1_000_000} MB.", field="logo")
    if data.startswith((PNG, JPEG)):
        return clean_picture(data)
    if b"<svg" in data[:4096]:
        return clean_vector(data), "image/svg+xml"
    raise InvalidInput("This is neither a PNG, a JPEG nor an SVG. Save the logo as one of these.", field="logo")


def logo_type(data: bytes) -> str:
    """The media type of a kept logo, by its first bytes."""
    if data.startswith(PNG):
        return "image/png"
    return "image/jpeg" if data.startswith(JPEG) else "image/svg+xml"
