"""Words as the search sees them: no case, no accents, no punctuation, plain ASCII."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
#: A&E, R&D, e-health, x-ray: a single letter says nothing without what it is tied to.
_INITIALS = re.compile(r"\b([^\W_])\s?&\s?([^\W_])\b")
_PREFIXED = re.compile(r"\b([^\W\d_])[-–]([^\W_]+)")
_JOINED = re.compile(r"[^\W_]+(?:[-–.][^\W_]+)+")
#: Letters that Unicode does not decompose, as people without them on the keyboard type them.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
)
#: Longer words are cut, in questions and in the index alike (PostgreSQL takes 2046 bytes).
MAX_WORD = 100
#: Left out of a question, because every word must match and these say nothing.
STOP_WORDS = frozenset(
    ["a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"]
)


def _plain(text: str) -> str:
    if text.isascii():  # most text: decomposing it is slow and would change nothing
        text = text.lower()
    else:
        text = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = "".join(c for c in text if not unicodedata.combining(c))
    text = _APOSTROPHES.sub("", text)
    text = _PREFIXED.sub(r"\1\2", _INITIALS.sub(r"\1\2", text))
    return text.replace("&", " and ").replace("+", " and ")


def _ascii(text: str) -> str:
    """Letters outside ASCII as `z` and six hex digits each: any script, the same tokens and
    prefixes in every database."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else f"z{ord(c):06x}" if c.isalnum() else " " for c in text)


def key(text: str) -> str:
    """One line of plain words for comparing and sorting names: “St. Francis'” → “st francis”."""
    return _NOT_WORD.sub(" ", _ascii(_plain(text))).strip()


def query_words(text: str) -> list[str]:
    """The distinct words of a question, in order, stop words left out unless nothing else is."""
    words = list(dict.fromkeys(word[:MAX_WORD] for word in key(text).split()))
    return [word for word in words if word not in STOP_WORDS] or words


def index_words(*texts: str) -> list[str]:
    """The distinct words of some texts, sorted; hyphenated words also written together."""
    return sorted({word for text in texts for word in _words_in(text)})


@lru_cache(maxsize=20_000)  # records share the names of institutions, countries and topics
def _words_in(text: str) -> frozenset[str]:
    plain = _plain(text)
    words = _NOT_WORD.sub(" ", _ascii(plain)).split()
    words += [_NOT_WORD.sub("", _ascii(joined)) for joined in _JOINED.findall(plain)]
    return frozenset(word[:MAX_WORD] for word in words if word)
