"""Names that differ by one slip of the pen: a letter too many, too few, wrong, or two swapped."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations

#: Shorter names differ by a letter because they are different names.
FEWEST_LETTERS = 8
#: Names that share two thirds with more others than these are a series.
MOST_SHARING = 40
#: A word of more names than these is a word, and no slip.
MOST_NAMES = 2
_NO_DIGITS = re.compile(r"\D+")

Words = Sequence[str]


def slips(names: Mapping[int, Words], known: Collection[str] = ()) -> Iterator[tuple[int, int]]:
    """Pairs of keys whose names are one slip apart, in any order; `known` words are no slips.

    One slip leaves two thirds of a text as they are, so only names that share two thirds are
    compared: the work grows with the number of names, whatever they are.
    """
    texts = {key: "".join(words) for key, words in names.items()}
    found: set[tuple[int, int]] = set()

    @cache
    def count() -> Counter[str]:
        return Counter(word for words in names.values() for word in set(words))

    def is_word(word: str) -> bool:
        return word in known or count()[word] > MOST_NAMES

    for sharing in _sharing(texts):
        for one, other in combinations(sharing, 2):
            pair = (one, other) if one < other else (other, one)
            if (
                is_slip(texts[one], texts[other])
                and pair not in found
                and _is_meant(names[one], names[other], is_word)
            ):
                found.add(pair)
                yield pair


def _sharing(texts: Mapping[int, str]) -> Iterator[list[int]]:
    """Keys of texts that share their first or last two thirds, or the first and the last one."""
    heads: dict[str, list[int]] = defaultdict(list)
    ends: dict[str, list[int]] = defaultdict(list)
    tails: dict[str, list[int]] = defaultdict(list)
    for key, text in texts.items():
        length = len(text)
        if length >= FEWEST_LETTERS:
            digits = _NO_DIGITS.sub("", text)  # never a slip, so the same in both
            # Of the shorter of two texts: this one, or one that lacks a letter of it.
            for third in {(length - 2) // 3, (length - 1) // 3}:
                heads[digits + text[: 2 * third]].append(key)
                tails[digits + text[-2 * third :]].append(key)
                ends[digits + text[:third] + text[-third:]].append(key)
    for by_part in (heads, ends, tails):
        for sharing in by_part.values():
            if 2 <= len(sharing) <= MOST_SHARING:
                yield sharing


def is_slip(one: str, other: str) -> bool:
    """Whether one letter was added, left out or changed, or two neighbours swapped; never a digit:
    phase 1 is not phase 2."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    rest, longer = one[start:], other[start:]
    if len(one) < len(other):
        return rest == longer[1:] and not longer[0].isdigit()
    if rest[:1].isdigit() or longer[:1].isdigit():
        return False
    swapped = rest[1:2] + rest[:1] == longer[:2] and rest[2:] == longer[2:]
    return rest[1:] == longer[1:] or swapped


def _is_meant(one: Words, other: Words, is_word: Callable[[str], bool]) -> bool:
    """Not two words that both exist: Gambia is no slip of Zambia."""
    left, right = set(one) - set(other), set(other) - set(one)
    return not (left and right and all(map(is_word, left | right)))
