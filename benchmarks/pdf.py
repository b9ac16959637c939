"""How fast an invoice becomes a PDF: our path, WeasyPrint alone on the same page, and plain use of WeasyPrint.

    python -m benchmarks.pdf [--rounds 7]

`ours` is `invoice_pdf`: from the frozen data to the bytes. `alone` is given the finished page, with the same parser, shared fonts and
stylesheets and the collector paused, so that the difference is our own work (less than nothing: we match elements against a shorter sheet).
`plain` is what a first program does: the same page as text to the HTML parser, the same faces as woff2, fonts and stylesheets made anew for
each document. Variants take turns; a round is CPU time of one process including the collection of its garbage; medians are compared, and
the fastest rounds beside them, which a busy machine disturbs least. Our side makes its QR code anew in every round, as each invoice does.
Four pages: a month of litigation with 28 entries, expenses, account and trust. One page: a monthly fee.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import cssselect2
from fontTools.ttLib import woff2
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from lexapp.domain.snapshots import InvoiceSnapshot
from lexapp.integrations.documents import invoice_html, invoice_pdf
from lexapp.integrations.documents.codes import qr_code
from lexapp.integrations.pdf import PDF_OPTIONS, shared_fonts, stylesheet, warm_up
from lexapp.integrations.pdf_resources import DOCUMENTS, DocumentFetcher
from tests.documents.invoices import ISSUED_AT, LOGO, mediation_invoice, read_logo, retainer_invoice

AIMS = {"four pages": 1.7, "one page": 4.0}
OVERHEAD = 1.15


class Parsed(HTML):
    """WeasyPrint alone: the finished page, already known to be well-formed."""

    def __init__(self, html: str) -> None:
        root = ET.fromstring(html)
        self.links = [link.get("href", "") for link in root.iter("link")]
        for link in root.findall("head/link"):
            root.find("head").remove(link)
        self.base_url, self.url_fetcher, self.media_type = DOCUMENTS.as_uri() + "/", DocumentFetcher(read_logo), "print"
        self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element


def alone(html: str) -> Callable[[], bytes]:
    def render() -> bytes:
        document = Parsed(html)
        sheets = [stylesheet(name) for name in document.links]
        gc.disable()
        try:
            return document.write_pdf(stylesheets=sheets, font_config=shared_fonts(), **PDF_OPTIONS)
        finally:
            gc.enable()

    return render


def plain(html: str, folder: Path) -> Callable[[], bytes]:
    page = html.replace(f"logo:{'0' * 64}", "logo.svg")

    def render() -> bytes:
        return HTML(string="<!DOCTYPE html>" + page, base_url=str(folder) + "/").write_pdf(font_config=FontConfiguration(), **PDF_OPTIONS)

    return render


def as_plain_folder(folder: Path) -> None:
    """The same stylesheets and faces, with the fonts as woff2."""
    for sheet in DOCUMENTS.glob("*.css"):
        (folder / sheet.name).write_text(sheet.read_text().replace(".ttf", ".woff2"))
    (folder / "logo.svg").write_bytes(LOGO)
    (folder / "fonts").mkdir()
    for face in (DOCUMENTS / "fonts").glob("*.ttf"):
        woff2.compress(str(face), str(folder / "fonts" / face.with_suffix(".woff2").name))


def measure(variants: dict[str, Callable[[], bytes]], rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median and least CPU milliseconds of each, taking turns, after one turn that does not count."""
    times: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(rounds + 1):
        for name, render in variants.items():
            start = time.process_time()
            render()
            gc.collect()
            if turn:
                times[name].append((time.process_time() - start) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}, {name: min(values) for name, values in times.items()}


def report(title: str, invoice: InvoiceSnapshot, folder: Path, rounds: int) -> bool:
    html = invoice_html(invoice)

    def ours() -> bytes:
        qr_code.cache_clear()
        return invoice_pdf(invoice, ISSUED_AT, read_logo=read_logo)

    took, least = measure({"ours": ours, "alone": alone(html), "plain": plain(html, folder)}, rounds)
    overhead, speed = took["ours"] / took["alone"], took["plain"] / took["ours"]
    print(
        f"{title:12s} ours {took['ours']:6.0f} ms   WeasyPrint alone {took['alone']:6.0f} ms ({overhead:.2f}x, aim <= {OVERHEAD})   "
        f"plain use {took['plain']:6.0f} ms ({speed:.2f}x faster, aim >= {AIMS[title]}; "
        f"fastest rounds {least['plain'] / least['ours']:.2f}x)"
    )
    return overhead <= OVERHEAD and speed >= AIMS[title]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=7)
    rounds = max(5, options.parse_args().rounds)
    warm_up()
    folder = Path(tempfile.mkdtemp(prefix="plain-"))
    try:
        as_plain_folder(folder)
        met = [report("four pages", mediation_invoice(), folder, rounds), report("one page", retainer_invoice(), folder, rounds)]
    finally:
        shutil.rmtree(folder)
    print("All aims met." if all(met) else "An aim is missed.")


if __name__ == "__main__":
    main()
