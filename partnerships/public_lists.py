"""Institutions, countries, Boards, vocabularies and frameworks as machines see them."""

from __future__ import annotations

from typing import Any

from partnerships.choices import (
    Delivery,
    Direction,
    InstitutionKind,
    MemberRole,
    PartnershipKind,
    Stage,
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
        "nation": institution.uk_nation or None,
        "side": institution.side,
        "parent": _reference(institution.parent),
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
            "successor": _reference(institution.successor),
        }
        if institution.succession_kind
        else None,
        "modified": institution.modified_at.isoformat(),
    }


def _reference(institution: Institution | None) -> Record | None:
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
        "income": country.income_group or None,
        "income_year": country.income_year or None,
        "is_least_developed": country.is_least_developed,
        "is_on_safeguards_list": country.is_on_safeguards_list,
        "is_partner_country": country.is_partner_country,
    }


def board_record(board: HealthBoard, *, site_url: str) -> Record:
    """One Health Board. Needs `institution` loaded."""
    return {
        "slug": board.institution.slug,
        "url": f"{site_url}/health-boards/{board.institution.slug}/",
        "name": board.institution.name,
        "code": board.code or None,
        "is_territorial": board.is_territorial,
    }


def vocabulary_records() -> Record:
    """Every coded list; retired terms are marked and stay. Five queries."""
    lists: Record = {
        "kinds": _choices(PartnershipKind.choices),
        "stages": _choices(Stage.choices),
        "member_roles": _choices(MemberRole.choices),
        "institution_kinds": _choices(InstitutionKind.choices),
        "deliveries": _choices(Delivery.choices),
        "directions": _choices(Direction.choices),
    }
    for name, model in (
        ("topics", Topic),
        ("activities", Activity),
        ("professions", Profession),
        ("funders", Funder),
    ):
        lists[name] = [
            {
                "code": term.code,
                "label": term.label,
                "description": term.description,
                "retired": term.retired_on.isoformat() if term.retired_on else None,
            }
            for term in model.objects.in_order()
        ]
    lists["sdgs"] = [
        {"code": goal.number, "label": goal.label}
        for goal in DevelopmentGoal.objects.order_by("number")
    ]
    return lists


def _choices(choices: list[tuple[str, str]]) -> list[Record]:
    return [{"code": code, "label": label} for code, label in choices]


def framework_record(framework: Framework) -> Record:
    """One published framework. Needs `with_wording()`."""
    return {
        "code": framework.code,
        "version": framework.version,
        "title": framework.title,
        "shape": framework.shape,
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
