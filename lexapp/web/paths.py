"""Addresses given by the browser that we send it back to."""

from urllib.parse import urlsplit


def local_path(text: str | None) -> str | None:
    """The text if it is a path on this site, else None: never another host, scheme or control character."""
    if not text or not text.startswith("/") or text[1:2] in ("/", "\\") or "\\" in text or not text.isprintable():
        return None
    parts = urlsplit(text)
    return None if parts.scheme or parts.netloc else text
