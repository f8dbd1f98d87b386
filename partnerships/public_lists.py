"""Institutions, countries, Boards, vocabularies and frameworks as machines see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import TextChoices

from partnerships.choices import (
    AliasKind,
    DatePrecision,
    Delivery,
    Direction,
    FrameworkShape,
    Freshness,
    FundingBand,
    IncomeGroup,
    InstitutionKind,
    Language,
    MemberRole,
    Moderation,
    Nation,
    PartnershipKind,
    Precision,
    ResourceAudience,
    Side,
    Stage,
    SuccessionKind,
    WhoRegion,
)
from partnerships.models import (
    Activity,
    Country,
    DevelopmentGoal,
    Framework,
    Funder,
    HealthBoard,
    Institution,
    Profession,
    Resource,
    Topic,
)
from partnerships.policies.coordinates import public_point, shows_city

Record = dict[str, Any]


def institution_record(institution: Institution, *, site_url: str) -> Record:
    """One institution. Needs `country`, `parent`, `successor`, `aliases` and `identifiers` loaded.

    Its place is coarsened to its own location level; a place that may not be shown is null.
    """
    level = institution.location_level
    point = public_point(institution.latitude, institution.longitude, institution.precision, level)
    return {
        "id": str(institution.public_id),
        "slug": institution.slug,
        "url": f"{site_url}/institutions/{institution.slug}/",
        "name": institution.name,
        "local_name": institution.local_name,
        "aliases": [
            {"name": alias.name, "kind": alias.kind} for alias in institution.aliases.all()
        ],
        "identifiers": [
            {"scheme": row.scheme, "value": row.value} for row in institution.identifiers.all()
        ],
        "kind": {"code": institution.kind, "label": institution.get_kind_display()},
        "country": institution.country_id,
        "country_name": institution.country.common_name,
        "nation": institution.uk_nation or None,
        "side": institution.side,
        "parent": reference(institution.parent),
        "city": institution.city if shows_city(level) else "",
        "location": {
            "latitude": point.latitude,
            "longitude": point.longitude,
            "precision": point.precision,
        }
        if point
        else None,
        "website": institution.website,
        "source_url": institution.source_url,
        "succession": {
            "kind": institution.succession_kind,
            "on": institution.succeeded_on.isoformat() if institution.succeeded_on else None,
            "successor": reference(institution.successor),
        }
        if institution.succession_kind
        else None,
        "modified": institution.modified_at.isoformat(),
    }


def reference(institution: Institution | None) -> Record | None:
    """How one institution names another."""
    return {"slug": institution.slug, "name": institution.name} if institution else None


def country_record(country: Country, *, site_url: str) -> Record:
    return {
        "code": country.alpha2,
        "alpha3": country.alpha3,
        "numeric": country.numeric,
        "url": f"{site_url}/countries/{country.alpha2}/",
        "name": country.common_name,
        "un_name": country.name,
        "region": country.who_region or None,
        "region_label": country.get_who_region_display() or None,
        "income": country.income_group or None,
        "income_label": country.get_income_group_display() or None,
        "income_year": country.income_year or None,
        "is_least_developed": country.is_least_developed,
        "is_on_safeguards_list": country.is_on_safeguards_list,
        "is_partner_country": country.is_partner_country,
    }


def safeguards_note(country: Country) -> str:
    """What pages say of a country on the WHO list; "" for others."""
    if not country.is_on_safeguards_list:
        return ""
    return (
        f"{country.common_name} is on the WHO health workforce support and safeguards list of "
        "2023: it has too few health workers for its needs, and WHO asks employers abroad not to "
        "recruit them actively."
    )


def board_record(board: HealthBoard, *, site_url: str) -> Record:
    """One Health Board. Needs `institution` loaded."""
    return {
        "slug": board.institution.slug,
        "url": f"{site_url}/health-boards/{board.institution.slug}/",
        "name": board.institution.name,
        "code": board.code or None,
        "is_territorial": board.is_territorial,
        "website": board.institution.website,
    }


#: Lists that code knows, by the name that `vocabularies/` has for each.
CLOSED: dict[str, type[TextChoices]] = {
    "kinds": PartnershipKind,
    "stages": Stage,
    "member_roles": MemberRole,
    "institution_kinds": InstitutionKind,
    "deliveries": Delivery,
    "directions": Direction,
    "sides": Side,
    "nations": Nation,
    "regions": WhoRegion,
    "income_groups": IncomeGroup,
    "freshness": Freshness,
    "moderation_states": Moderation,
    "date_precisions": DatePrecision,
    "place_precisions": Precision,
    "alias_kinds": AliasKind,
    "succession_kinds": SuccessionKind,
    "funding_bands": FundingBand,
    "framework_shapes": FrameworkShape,
    "resource_audiences": ResourceAudience,
    "resource_languages": Language,
}
#: Lists that are rows.
_ROWS: dict[str, Any] = {
    "topics": Topic,
    "activities": Activity,
    "professions": Profession,
    "funders": Funder,
}
VOCABULARY_NAMES = (*CLOSED, *_ROWS, "sdgs")
#: The parameter that asks for the values of a list.
ASKED_BY = {
    "kinds": "kind",
    "stages": "stage",
    "nations": "nation",
    "regions": "region",
    "income_groups": "income",
    "freshness": "confirmed",
    "topics": "topic",
    "activities": "activity",
    "professions": "profession",
    "funders": "funder",
    "sdgs": "sdg",
}


def vocabulary_records() -> Record:
    """Every coded list; retired terms are marked and stay. Five queries."""
    return {name: vocabulary_record(name) for name in VOCABULARY_NAMES}


def vocabulary_record(name: str) -> list[Record]:
    """The terms of one of `VOCABULARY_NAMES`, in their order. One query at most."""
    if name in CLOSED:
        return [{"code": code, "label": str(label)} for code, label in CLOSED[name].choices]
    if name == "sdgs":
        goals = DevelopmentGoal.objects.order_by("number")
        return [{"code": goal.number, "label": goal.label} for goal in goals]
    return [
        {
            "code": term.code,
            "label": term.label,
            "description": term.description,
            "retired": term.retired_on.isoformat() if term.retired_on else None,
        }
        for term in _ROWS[name].objects.in_order()
    ]


def framework_record(framework: Framework) -> Record:
    """One published framework. Needs `with_wording()`."""
    return {
        "code": framework.code,
        "version": framework.version,
        "title": framework.title,
        "shape": framework.shape,
        "shape_label": framework.get_shape_display(),
        "source_name": framework.source_name,
        "source_url": framework.source_url,
        "wording_note": framework.wording_note,
        "principles": [
            {
                "code": principle.code,
                "number": principle.number,
                "title": principle.title,
                "description": principle.description,
                "hallmarks": [
                    {"code": hallmark.code, "number": hallmark.number, "text": hallmark.text}
                    for hallmark in principle.hallmarks.all()
                ],
            }
            for principle in framework.principles.all()
        ],
    }


def resource_record(resource: Resource, titles: Mapping[str, str]) -> Record:
    """One toolkit or guide. Needs `with_parts()`; `titles` as `resource_search.titles` gives."""
    return {
        "id": str(resource.public_id),
        "slug": resource.slug,
        "title": resource.title,
        "publisher": resource.publisher,
        "summary": resource.summary,
        "audience": {"code": resource.audience, "label": resource.get_audience_display()},
        "topics": [{"code": topic.code, "label": topic.label} for topic in resource.topics.all()],
        "principles": [
            {"code": row.code, "label": titles.get(row.code, row.code)}
            for row in resource.principles.all()
        ],
        "language": {"code": resource.language, "label": resource.get_language_display()},
        "link": resource.link,
        "published": resource.published_year,
        "last_checked": _day(resource.last_checked),
        "unreachable_since": _day(resource.unreachable_on),
        "retired": _day(resource.retired_on),
        "modified": resource.modified_at.isoformat(),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
