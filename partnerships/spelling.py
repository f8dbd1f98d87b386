"""“Did you mean”: the question as it was probably meant, where a word of it is found nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Exists, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from partnerships.models import Funder, Institution, InstitutionAlias, Partnership
from partnerships.models.partnerships import PartnershipQuerySet
from partnerships.policies.normalise import STOP_WORDS, key, query_words
from partnerships.search import PartnershipSearch
from partnerships.textsearch import matching
from partnerships.thesaurus import entries
from partnerships.versions import current, kept, may_keep, reading

#: Shorter words are a slip away from too many others.
SHORTEST = 4
#: So many words of a question are looked into, and so many readings of it are tried.
MOST_WORDS, MOST_READINGS = 5, 3
_NONE = Value("[]")
#: Rows with names of their own: a name, and others as JSON.
_OTHER_NAMES: tuple[tuple[Any, str, Any], ...] = (
    (Funder, "label", "synonyms"),
    (Institution, "name", _NONE),
    (InstitutionAlias, "name", _NONE),
)
_PLACES = ("country", "nation", "q")

#: Word → how often the registry uses it, and as it is written where that is the name of a place.
Words = Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Correction:
    """The question in other words, and how many results that has.

    `keeps_filters` is false where it has none under everything else that was asked.
    """

    words: str
    count: int
    keeps_filters: bool


def did_you_mean(search: PartnershipSearch) -> Correction | None:
    """What a question without results may have meant; None where its words are all known.

    Two queries, where the words of this version were asked before; six where not.
    """
    if not search.words or search.count:
        return None
    with reading(search.version):
        readings = _likely_texts(search.words, PartnershipSearch({}, viewer=search.viewer))
    if not readings:
        return None
    counts = search.counts_in_words(readings)
    for text in readings:
        if count := counts.get((text, True)):
            return Correction(text, count, keeps_filters=True)
    if count := counts.get((readings[0], False)):
        return Correction(readings[0], count, keeps_filters=False)
    return None


def meant(text: str) -> str | None:
    """The likeliest reading of some misspelt words; None where all are known, or none is near."""
    return next(iter(_likely_texts(text, PartnershipSearch({}))), None)


def _likely_texts(text: str, everything: PartnershipSearch) -> list[str]:
    words = _words()
    unknown = _unknown(query_words(text)[:MOST_WORDS], words, everything.results())
    readings = list(_readings({word: _likely(word, words) for word in unknown}))
    return [_rewritten(text, reading, words) for reading in readings[:MOST_READINGS]]


# ------------------------------------------------------------------------------------- the words


def _words() -> Words:
    """What visitors may read in names: of everybody's kept words none is private."""
    if not may_keep():
        return _collected()
    keys = {"words": f"spelling:{current()}:{timezone.localdate()}"}
    found: Words = kept(keys, lambda missing: {"words": _collected()})["words"]
    return found


def _collected() -> Words:
    found: dict[str, tuple[int, str]] = {}
    for name, weight, is_place in _names():
        for part in name.replace("-", " ").split():
            for word in key(part).split():
                if len(word) >= SHORTEST and word not in STOP_WORDS and not word.isdigit():
                    before, written = found.get(word, (0, ""))
                    found[word] = (before + weight, written or (part if is_place else ""))
    return found


def _names() -> Iterable[tuple[str, int, bool]]:
    """(name, how much it weighs, whether it is of a place) of all that may have been meant."""
    for entry in entries():
        for _, name in entry.names:
            yield name, entry.number, entry.parameter in _PLACES
    rows = [
        model.objects.order_by().values_list(Cast(field, TextField()), Cast(others, TextField()))
        for model, field, others in _OTHER_NAMES
    ]
    for name, others in rows[0].union(*rows[1:], all=True):
        yield from ((each, 1, False) for each in (name, *json.loads(others)))


# ------------------------------------------------------------------------------ the likely words


def _unknown(asked: list[str], words: Words, everything: PartnershipQuerySet) -> list[str]:
    """Those that begin no word of the registry. One query at most."""
    conditions = {
        word: matching(word, using=everything.db)
        for word in asked
        if len(word) >= SHORTEST and not any(known.startswith(word) for known in words)
    }
    if not conditions:
        return []
    found = {
        f"has_{word}": Exists(everything.filter(condition))
        for word, condition in conditions.items()
        if condition
    }
    for has in Partnership.objects.order_by().annotate(**found).values(*found)[:1]:
        return [word for word in conditions if not has.get(f"has_{word}")]
    return []


def _likely(word: str, words: Words) -> list[str]:
    """The nearest known words, the most used of equally near ones first."""
    most = 1 if len(word) < 8 else 2 if len(word) < 12 else 3
    near = _nearest(word, {known: known for known in words}, most)
    if not near:  # the same letters, beginning with the same
        letters = sorted(word)
        alike = {
            known: known for known in words if known[0] == word[0] and sorted(known) == letters
        }
        near = _nearest(word, alike, 2)
    if not near:  # perhaps the beginning of a longer one
        begins = {
            known[:length]: known
            for known in sorted(words, key=lambda each: words[each][0])  # the most used stays
            for length in (len(word), len(word) + 1)
            if len(known) > length
        }
        near = _nearest(word, begins, 1)
    near.sort(key=lambda each: (each[1], _unlikeness(word, each[0]), -words[each[0]][0], each[0]))
    return [known for known, _ in near[:MOST_READINGS]]


def _nearest(word: str, choices: Mapping[str, str], most: int) -> list[tuple[str, int]]:
    """(what a choice stands for, slips between it and the word), of those within `most` slips."""
    found = extract(word, choices.keys(), scorer=OSA.distance, score_cutoff=most, limit=None)
    return [(choices[choice], int(slips)) for choice, slips, _ in found]


def _unlikeness(word: str, known: str) -> tuple[bool, bool]:
    """The first letter is seldom wrong, and letters are oftener changed than forgotten."""
    return known[0] != word[0], len(known) != len(word)


def _readings(likely: Mapping[str, list[str]]) -> Iterable[dict[str, str]]:
    """word → what it may have been: the nearest of each, then one of them by its next nearest."""
    if not likely or not all(likely.values()):
        return
    first = {word: known[0] for word, known in likely.items()}
    yield first
    for word, known in likely.items():
        for _, other in pairwise(known):
            yield first | {word: other}


def _rewritten(text: str, reading: Mapping[str, str], words: Words) -> str:
    """The text with its misspelt words replaced, and everything else as it was typed."""
    return " ".join(_replaced(part, reading, words) for part in text.split())


def _replaced(part: str, reading: Mapping[str, str], words: Words) -> str:
    normal = key(part).split()
    if not any(word in reading for word in normal):
        return part
    known = [reading.get(word, word) for word in normal]
    written = " ".join((words[word][1] if word in words else "") or word for word in known)
    return written[0].upper() + written[1:] if part[:1].isupper() else written
