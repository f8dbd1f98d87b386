"""What the API tells of an institution, country, Board or topic besides its own fields: the same
figures and neighbours as its page, from the same source."""

from __future__ import annotations

from typing import Any

from mapapp.api.links import asking
from mapapp.views.subjects import Subject
from partnerships.choices import Freshness, Stage
from partnerships.models import HOME_COUNTRY
from partnerships.neighbours import Colleague, colleagues_of

Record = dict[str, Any]


def about(subject: Subject, *, without: int | None = None, **lists: str) -> Record:
    """`lists` names what to call the most frequent values of some facets: `topics="topic"`.
    `without` is the key of an institution that is no colleague of its own. Two queries."""
    tally = subject.tally
    colleagues = colleagues_of(subject.search.results(), without=without)
    subject.name(*lists.values())
    return {
        "figures": {
            "partnerships": subject.count,
            "active": tally["stage"].get(Stage.ACTIVE, 0),
            "confirmed": tally["confirmed"].get(Freshness.YES, 0),
            "institutions": colleagues.total,
            "partner_countries": len(set(tally["country"]) - {HOME_COUNTRY}),
        },
        "colleagues": {
            "uk": list(map(_colleague, colleagues.uk)),
            "partner": list(map(_colleague, colleagues.partner)),
            "total": colleagues.total,
        },
        "partnerships_url": asking("partnerships", {subject.parameter: subject.value}),
        **{name: counted(subject, parameter) for name, parameter in lists.items()},
    }


def counted(subject: Subject, parameter: str) -> list[Record]:
    """The most frequent values with their labels. Needs `subject.name`."""
    labels = subject.labels[parameter]
    return [
        {"code": value, "label": labels[value], "partnerships": count}
        for value, count in subject.most(parameter).items()
        if value in labels
    ]


def _colleague(one: Colleague) -> Record:
    return {"slug": one.slug, "name": one.name, "partnerships": one.count}
