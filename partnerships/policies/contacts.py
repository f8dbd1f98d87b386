"""Contact details in text that everybody will read."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: Ten digits or more with no more than spaces, dots, dashes and brackets between them.
_TELEPHONE = re.compile(r"(?<![\w/])\+?\(?\d(?:[ .()–-]{0,2}\d){9,14}(?![\w/])")


def contact_in(text: str) -> str | None:
    """The first e-mail address or telephone number in a text, or None.

    Text of a listed record is on public pages, in downloads and in the API, where no contact
    details belong: messages are for coordinators, who agree to be reached.
    """
    found = _EMAIL.search(text) or _TELEPHONE.search(text)
    return found[0] if found else None
