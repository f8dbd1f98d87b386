"""The address of what an empty question probably meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.http import QueryDict

from partnerships.search import PartnershipSearch
from partnerships.spelling import did_you_mean


class _Carries(Protocol):
    def replacing(self, **values: str) -> str: ...


@dataclass(frozen=True, slots=True)
class CorrectedLink:
    """`keeps_filters` is false where the other filters are left out."""

    words: str
    count: int
    url: str
    keeps_filters: bool


def corrected(search: PartnershipSearch, question: _Carries) -> CorrectedLink | None:
    """A link to the question in the words that were probably meant, on the page at hand."""
    found = did_you_mean(search)
    if found is None:
        return None
    if found.keeps_filters:
        url = question.replacing(q=found.words)
    else:
        alone = QueryDict(mutable=True)
        alone["q"] = found.words
        url = f"?{alone.urlencode()}"
    return CorrectedLink(found.words, found.count, url, found.keeps_filters)
