"""Words → partnerships: the same answers from SQLite's FTS5 and PostgreSQL's tsvector.

Both look up the words that `policies.normalise` made, by prefix, so neither database's own
idea of a word, a stem or an accent ever decides.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Case, IntegerField, Lookup, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler

from partnerships.models import SearchDocument
from partnerships.policies.normalise import STOP_WORDS, key, query_words

#: A question may be this long, in characters and in distinct words.
MAX_LENGTH, MAX_WORDS = 200, 20
#: So many words of a question are tried without each other.
MOST_LEFT_OUT = 5

#: Every record answers to what people call a health partnership (the glossary's synonyms).
EVERYWHERE = ("health", "partnership", "partnerships", "link", "links", "twinning")

_POSTGRESQL = "SELECT partnership_id FROM partnerships_searchdocument WHERE vector @@ %s::tsquery"
_SQLITE = (
    "SELECT rowid FROM partnerships_searchdocument_fts"
    " WHERE partnerships_searchdocument_fts MATCH %s"
)


@SearchDocument._meta.get_field("words").register_lookup
class _Match(Lookup):
    """The full-text index, asked of the document that a query has joined already."""

    lookup_name = "match"

    def as_postgresql(self, compiler: SQLCompiler, connection: Any) -> Any:
        question, params = self.process_rhs(compiler, connection)
        document = compiler.quote_name_unless_alias(self.lhs.alias)
        return f"{document}.vector @@ {question}::tsquery", params


def matching(
    text: str, *, using: str, most: int | None = None, is_ranked: bool = False
) -> Q | None:
    """A condition on partnerships: every word of the text begins a word of theirs.

    A permanent id finds its record. None where the text holds no word at all, so nothing matches.
    With `most`, no more than so many are looked at, whichever they are. Where the results are
    `ranked`, each document is read once for both.
    """
    try:
        return Q(public_id=UUID(text.strip()))  # not among the words: "de" would begin many ids
    except ValueError:
        pass
    words = query_words(text)
    if not words:
        return None
    if most is None:  # what begins a word of every document need not be looked up
        words = [word for word in words if not any(each.startswith(word) for each in EVERYWHERE)]
    if not words:
        return Q(pk__isnull=False)
    # Words are [0-9a-z]+ only, so they cannot break out of either query language.
    if connections[using].vendor == "postgresql":
        sql, query = _POSTGRESQL, " & ".join(f"'{word}':*" for word in words)
        if is_ranked:
            return Q(search_document__words__match=query)
    else:
        sql, query = _SQLITE, " AND ".join(f'"{word}"*' for word in words)
    if most is not None:
        sql += f" LIMIT {most:d}"
    return Q(pk__in=RawSQL(sql, [query]))  # noqa: S611  # a constant and a parameter


def fewer(text: str) -> list[str]:
    """The text without each of its words, and each word alone; none where there is only one."""
    words = [word for word in text.split() if not STOP_WORDS.issuperset(key(word).split())]
    words = list(dict.fromkeys(words))[:MOST_LEFT_OUT]
    if len(words) < 2:
        return []
    without = [" ".join(other for other in words if other != word) for word in words]
    return list(dict.fromkeys([*without, *words]))


def rank(text: str) -> Case:
    """0 for the exact name, 1 for a name that begins so, 2 for all words in a name, else 3.

    Deliberately not the databases' own scores: they differ, and an exact name must come first.
    """
    names = "search_document__names__contains"
    whole = key(text)
    exact = Case(When(Q(**{names: f"\n{whole}\n"}), then=Value(0)), default=Value(1))
    return Case(
        When(Q(**{names: f"\n{whole}"}), then=exact),
        When(in_a_name(text), then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )


def in_a_name(text: str) -> Q:
    """A condition on partnerships: every word of the text begins a word of one of the names."""
    names = "search_document__names__contains"
    condition = ~Q(pk__in=[])
    for word in query_words(text):
        condition &= Q(**{names: f"\n{word}"}) | Q(**{names: f" {word}"})
    return condition


def names_document(*names: str) -> str:
    """The normalised names of one record as `rank` reads them: a line each."""
    return "\n" + "".join(f"{key(name)}\n" for name in names if key(name))
