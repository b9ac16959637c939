"""Reads PDFs back with the tools of others: poppler and qpdf."""

from __future__ import annotations

import re
import subprocess
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader


def text_of(pdf: bytes, *flags: str) -> str:
    """The text in the order of the file, spaces collapsed, pages apart by form feeds."""
    command = ["pdftotext", "-raw", *flags, "-", "-"]
    text = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()
    return re.sub(r"[^\S\f]+", " ", text)


def pages_of(pdf: bytes) -> list[str]:
    return text_of(pdf).split("\f")[:-1]


def places_of(pdf: bytes) -> list[str]:
    """Each word with its box, page by page."""
    found = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return re.findall(r"<page .*?>|<word .*?</word>", found)


def info_of(pdf: bytes, *flags: str) -> str:
    return subprocess.run(["pdfinfo", *flags, "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def fonts_of(pdf: bytes) -> list[tuple[str, bool]]:
    """Name and whether it is embedded, of each font."""
    rows = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode().splitlines()[2:]
    return [(row[:36].strip().split("+")[-1], row.split()[-5] == "yes") for row in rows]


def attachments_of(pdf: bytes) -> dict[str, list[bytes]]:
    return dict(PdfReader(BytesIO(pdf)).attachments)


def checked_by_qpdf(pdf: bytes, folder: Path) -> str:
    path = folder / "checked.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["qpdf", "--check", path], capture_output=True, check=True, text=True).stdout
