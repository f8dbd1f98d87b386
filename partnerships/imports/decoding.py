"""The text of a CSV file that is not UTF-8, where it can only be what older programs write."""

from __future__ import annotations

import re

WINDOWS = "Windows-1252"
#: A sequence that UTF-8 writes for one character: a file that has any is UTF-8 and damaged.
_UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
#: Signs of Western texts beside letters; of the other bytes most are letters of other code pages.
_SIGNS = "€‚„…‘’“”•–—™\u00a0£§©«®°±²³·»½¼¾¿¡´"
#: Of these, what stands within no word.
_WITHOUT = "€‚„…“”•™£§©«®°±²³»½¼¾¿¡´"
_PLAIN = "ŠšŽžŒœŸ"
_LETTER = "A-Za-zÀ-ÖØ-öø-ÿ" + _PLAIN
#: A capital after a small letter, a sign within a word, and a word without plain letters are of
#: another code page.
_STRANGE = re.compile(
    rf"[^\x00-\x7f{_LETTER}{_SIGNS}]|[a-zß-öø-ÿ][À-ÖØ-ÞŠŽŒŸ]|[A-Za-z][{_WITHOUT}][a-z]|[À-ÿ]{{3}}"
)


def windows_text(content: bytes) -> str | None:
    """Text in Windows-1252, where it can be nothing else that people are likely to send; or None.

    Nearly all bytes are some text in it, so the text itself must look like one: Western letters
    and signs, no capital within a word. What Macintosh, DOS and Eastern European programs write
    does not, nor does UTF-8 that was damaged.
    """
    if b"\x00" in content or _UTF_8.search(content):
        return None
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return None if _STRANGE.search(text) else text
