"""An answer as a person reads it: words without markup."""

import html
import re

from werkzeug.test import TestResponse


def text_of(answer: TestResponse) -> str:
    """The words of a page or fragment, spaces collapsed; values of fields are not words."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", answer.get_data(as_text=True))).split())
