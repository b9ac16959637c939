"""What people, scripts and attackers put into fields: by the kind of the field."""

from __future__ import annotations

MONEY = [
    *("0", "-0", "-1", "0.001", "0.005", "1e3", "1E-7", "NaN", "Infinity", "1,000.00", "1.000,00", "１２３", "٣"),
    *("$ 5", " 5 ", "5\u00a0000", "999999999999999.99", str(2**53 + 1), str(2**63), "0x10", "1_000", "", "[1]"),
]
DURATIONS = [
    "0",
    "-1",
    "24:01",
    "25:00",
    "0:60",
    "1:99",
    "1e3",
    "NaN",
    "Infinity",
    "1s",
    "100h",
    "９",
    "0.001",
    str(2**63),
    "",
    "1 OR 1=1",
    ".",
    ":",
]
DATES = [
    *("0000-00-00", "2026-02-30", "2025-02-29", "31/31/2026", "9999-12-31", "1900-01-01", "0001-01-01", "12026-01-01", "1763900000"),
    *("1763900000000", "2026-11-23T00:00:00+25:00", "٢٠٢٦-١١-٢٣", "NaN", "-99999999", "+99999999", "", "tomorrow at nine", "../"),
]
TEXTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}${7*7}",
    "<svg onload=alert(1)><meta http-equiv=refresh content=0>",
    '" hx-get="/x" hx-on::load="alert(1)',
    "</textarea></select></title><b>",
    "x" * 300,
    "👩\u200d👩\u200d👧\u200d👦",
    "a\x00b",
    "a\ud800b",
    "a" + "\u0301" * 60,
    "abc\u202edef\u2066",
    "one\r\ntwo",
    "=1+1",
    " ",
    "a\u200bb",
    "a\x1b[31m",
]
EMAILS = [
    "a@b.c%0d%0aBcc:",
    '"x\r\n"@y',
    "a@b@c.de",
    "b\u00fccher@b\u00fccher.example",
    "a" * 320 + "@b.de",
    "a@b",
    "a b@c.de",
    "<a@b.de>",
    "a@b.de,c@d.ef",
    "a\x00@b.de",
]
IDS = ["0", "-1", str(2**63), str(2**63 - 1), "1 OR 1=1", "１", "1.0", "[]"]
CHOICES = ["nothing of the list", "", "1 OR 1=1", "BILLABLE", "\x00", "x" * 300]
FLAGS = ["maybe", "0", "false", "\x00"]

BY_KIND = {
    "money": MONEY,
    "duration": DURATIONS,
    "date": DATES,
    "text": TEXTS,
    "note": TEXTS,
    "email": EMAILS,
    "password": ["", " ", "x" * 10_000, "a\x00b"],
    "record": IDS,
    "choice": CHOICES,
    "radio": CHOICES,
    "flag": FLAGS,
    "hidden": ["", str(2**63), "\x00 nothing"],
}
MEGABYTE = "x" * 1_000_000
