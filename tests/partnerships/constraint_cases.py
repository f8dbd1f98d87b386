"""For each database constraint: a row that it refuses, and a neighbour that it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.db import models

from partnerships import models as registry
from partnerships.choices import InstitutionKind, PartnershipKind
from tests.factories.records import (
    make_country,
    make_user,
)
from tests.partnerships.constraint_world import EARLY, EVENING, LATE, MORNING, NOON, World

Values = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """One constraint: a row that it refuses, and one that differs just enough to be taken.

    `first` is a row that is there already, for constraints that compare rows.
    """

    constraint: str
    model: type[models.Model]
    bad: Values
    good: Values
    base: Values = field(default=lambda world: {})
    first: Values | None = None
    label: str = ""

    def row(self, world: World, values: Values) -> models.Model:
        return self.model(**self.base(world) | values(world))

    def __str__(self) -> str:
        return self.constraint + (f" ({self.label})" if self.label else "")


def fixed(**values: Any) -> Values:
    return lambda world: values


def record_change(world: World) -> dict[str, Any]:
    return {
        "record_type": "partnership",
        "public_id": uuid4(),
        "slug": "a",
        "position": 2,
        "first_position": 1,
        "changed_at": NOON,
    }


def api_key(world: World) -> dict[str, Any]:
    return {
        "name": "Nightly copy",
        "organisation": "A partner",
        "contact": "software@example.org",
        "prefix": "0123abcd",
        "hash": "0" * 64,
        "created_by": world.user,
        "created_at": NOON,
        "expires_at": EVENING,
    }


def country(world: World) -> dict[str, Any]:
    return {
        "alpha2": "ZZ",
        "alpha3": "ZZZ",
        "name": "Nowhere",
        "common_name": "Nowhere",
        "latitude": 1.0,
        "longitude": 1.0,
        "bbox_west": 0.0,
        "bbox_south": 0.0,
        "bbox_east": 2.0,
        "bbox_north": 2.0,
    }


def institution(world: World) -> dict[str, Any]:
    return {
        "slug": "under-test",
        "name": "Under test",
        "name_key": "under test",
        "search_text": " under test",
        "kind": InstitutionKind.HOSPITAL,
        "country": make_country("MW"),
        "created_at": MORNING,
        "modified_at": MORNING,
    }


def partnership(world: World) -> dict[str, Any]:
    return {
        "slug": "under-test",
        "name": "Under test",
        "name_key": "under test",
        "kind": PartnershipKind.NETWORK,
        "created_at": MORNING,
        "modified_at": MORNING,
    }


def tenure(world: World) -> dict[str, Any]:
    return {"user": world.user, "board": world.board, "role": "deputy", "since": EARLY}


def term(world: World) -> dict[str, Any]:
    return {"code": "under_test", "label": "Under test"}


def agreement(world: World) -> dict[str, Any]:
    return {"partnership": world.partnership, "title": "Memorandum"}


def consent(world: World) -> dict[str, Any]:
    return {
        "coordinator": world.coordinator,
        "purpose": "show_name",
        "notice_version": "1",
        "given_at": MORNING,
        "how": "By e-mail",
        "recorded_by": world.user,
    }


def place(model: type[models.Model], base: Values, prefix: str) -> list[Case]:
    """The three constraints on a pair of coordinates."""
    here = fixed(latitude=-15.8, longitude=35.0)
    cases = [
        Case(
            f"{prefix}_coordinates_in_range", model, fixed(latitude=lat, longitude=lon), good, base
        )
        for lat, lon, good in [
            (90.1, 35.0, fixed(latitude=90.0, longitude=35.0)),
            (-90.1, 35.0, fixed(latitude=-90.0, longitude=35.0)),
            (1.0, 180.1, fixed(latitude=1.0, longitude=180.0)),
            (1.0, -180.1, fixed(latitude=1.0, longitude=-180.0)),
        ]
    ]
    null_island = Case(
        f"{prefix}_coordinates_not_null_island",
        model,
        fixed(latitude=0.0, longitude=0.0),
        fixed(latitude=0.0, longitude=9.4),  # Gabon lies on the equator
        base,
    )
    both = f"{prefix}_coordinates_both_or_none"
    return [
        *cases,
        null_island,
        Case(both, model, fixed(latitude=-15.8, longitude=None), here, base, label="no longitude"),
        Case(both, model, fixed(latitude=None, longitude=35.0), here, base, label="no latitude"),
    ]


def order(constraint: str, model: Any, base: Values, first: str, last: str, *, years=()) -> Case:
    """A constraint that one date is not before another; the same day is allowed."""
    early, late = years or (EARLY, LATE)
    return Case(
        constraint,
        model,
        fixed(**{first: late, last: early}),
        fixed(**{first: late, last: late}),
        base,
    )


CASES = [
    Case("country_who_region_known", registry.Country, fixed(who_region="MOON"),
         fixed(who_region="AFR"), country),
    Case("country_income_group_known", registry.Country, fixed(income_group="rich"),
         fixed(income_group="low"), country),
    *place(registry.Institution, institution, "institution"),
    *[case for case in place(registry.Country, country, "country") if "both" not in str(case)],
    Case("institution_nation_only_in_uk", registry.Institution, fixed(uk_nation="SCT"),
         lambda w: {"uk_nation": "SCT", "country": make_country("GB")}, institution),
    Case("institution_not_own_parent", registry.Institution, fixed(id=900, parent_id=900),
         lambda w: {"id": 900, "parent": w.institution}, institution),
    Case("institution_succession_whole", registry.Institution, fixed(succession_kind="merged"),
         lambda w: {"succession_kind": "merged", "successor": w.other}, institution,
         label="no successor"),
    Case("institution_succession_whole", registry.Institution,
         lambda w: {"successor": w.other}, fixed(succession_kind="closed"), institution,
         label="a successor without a reason"),
    Case("institution_succession_whole", registry.Institution,
         fixed(id=900, succession_kind="renamed", successor_id=900),
         lambda w: {"succession_kind": "renamed", "successor": w.other}, institution,
         label="its own successor"),
    Case("institution_succession_whole", registry.Institution,
         fixed(id=900, succession_kind="closed", successor_id=900),
         lambda w: {"succession_kind": "closed", "successor": w.other}, institution,
         label="closed into itself"),
    Case("alias_once_per_institution", registry.InstitutionAlias,
         fixed(name="QECH"), fixed(name="Queens"),
         lambda w: {"institution": w.institution}, fixed(name="QECH")),
    Case("identifier_names_one_institution", registry.Identifier,
         lambda w: {"institution": w.other}, lambda w: {"institution": w.other, "value": "2"},
         fixed(scheme="ROR", value="1"), lambda w: {"institution": w.institution}),
    Case("board_code_unique", registry.HealthBoard, fixed(code="S08900001"),
         fixed(code="S08900002"), lambda w: {"institution": w.institution},
         lambda w: {"institution": w.other, "code": "S08900001"}),
    Case("territorial_board_has_code", registry.HealthBoard, fixed(is_territorial=True),
         fixed(is_territorial=False), lambda w: {"institution": w.institution}),
    Case("one_current_lead_per_board", registry.Champion,
         lambda w: {"role": "lead", "user": make_user()},
         lambda w: {"role": "deputy", "user": make_user()}, tenure, fixed(role="lead")),
    Case("one_current_lead_per_board", registry.Champion,
         lambda w: {"role": "lead", "user": make_user()},
         lambda w: {"role": "lead", "user": make_user(), "until": LATE}, tenure,
         fixed(role="lead"), label="a former lead beside the current one"),
    Case("one_open_tenure_per_person_and_board", registry.Champion, fixed(),
         fixed(until=LATE), tenure, fixed()),
    order("champion_until_not_before_since", registry.Champion, tenure, "since", "until"),
    *[
        order(f"{model._meta.model_name}_retired_not_before_valid", model, term,
              "valid_from", "retired_on")
        for model in (registry.Topic, registry.Activity, registry.Profession, registry.Funder)
    ],
    Case("sdg_between_1_and_17", registry.DevelopmentGoal, fixed(number=18),
         fixed(number=17), fixed(label="A goal")),
    Case("sdg_between_1_and_17", registry.DevelopmentGoal, fixed(number=0),
         fixed(number=1), fixed(label="A goal")),
    Case("partnership_ended_not_before_began", registry.Partnership,
         fixed(began_on=LATE, ended_on=EARLY), fixed(began_on=EARLY, ended_on=EARLY),
         lambda w: partnership(w) | {"began_precision": "year", "ended_precision": "year"}),
    *[
        case
        for name in ("began", "ended")
        for case in (
            Case(f"partnership_{name}_with_precision", registry.Partnership,
                 fixed(**{f"{name}_on": EARLY}),
                 fixed(**{f"{name}_on": EARLY, f"{name}_precision": "year"}), partnership,
                 label="no precision"),
            Case(f"partnership_{name}_with_precision", registry.Partnership,
                 fixed(**{f"{name}_precision": "year"}), fixed(), partnership, label="no date"),
        )
    ],
    Case("listed_partnership_whole_or_explained", registry.Partnership,
         fixed(member_count=1, country_count=2), fixed(member_count=2, country_count=2),
         lambda w: partnership(w) | {"moderation": "listed"}, label="members"),
    Case("listed_partnership_whole_or_explained", registry.Partnership,
         fixed(member_count=2, country_count=1),
         fixed(member_count=0, country_count=1, gap_note="The source names only a country."),
         lambda w: partnership(w) | {"moderation": "listed"}, label="countries"),
    Case("listed_partnership_whole_or_explained", registry.Partnership,
         fixed(moderation="listed"), fixed(moderation="draft"), partnership, label="a draft"),
    Case("partnership_last_confirmed_is_latest", registry.Partnership,
         fixed(last_confirmed_on=EARLY), fixed(last_confirmed_on=EARLY, uk_confirmed_on=EARLY),
         partnership, label="no side"),
    Case("partnership_last_confirmed_is_latest", registry.Partnership,
         fixed(uk_confirmed_on=LATE, partner_confirmed_on=EARLY, last_confirmed_on=EARLY),
         fixed(uk_confirmed_on=LATE, partner_confirmed_on=EARLY, last_confirmed_on=LATE),
         partnership, label="the earlier"),
    Case("partnership_last_confirmed_is_latest", registry.Partnership,
         fixed(partner_confirmed_on=EARLY),
         fixed(partner_confirmed_on=EARLY, last_confirmed_on=EARLY), partnership, label="none"),
    Case("partnership_last_confirmed_is_latest", registry.Partnership,
         fixed(uk_confirmed_on=EARLY, last_confirmed_on=LATE),
         fixed(uk_confirmed_on=EARLY, last_confirmed_on=EARLY), partnership,
         label="a day of neither"),
    *[
        Case("partnership_twinning_step_1_to_6", registry.Partnership,
             fixed(twinning_step=bad), fixed(twinning_step=good), partnership)
        for bad, good in ((0, 1), (7, 6))
    ],
    Case("partnership_stage_known", registry.Partnership, fixed(stage="alive"),
         fixed(stage="paused"), partnership),
    Case("partnership_moderation_known", registry.Partnership, fixed(moderation="hidden"),
         fixed(moderation="returned"), partnership),
    Case("topic_once_per_partnership", registry.PartnershipTopic,
         lambda w: {"topic": w.topic}, lambda w: {"topic": w.other_topic},
         lambda w: {"partnership": w.partnership}, lambda w: {"topic": w.topic}),
    Case("one_primary_topic", registry.PartnershipTopic,
         lambda w: {"topic": w.other_topic, "is_primary": True},
         lambda w: {"topic": w.other_topic, "is_primary": False},
         lambda w: {"partnership": w.partnership},
         lambda w: {"topic": w.topic, "is_primary": True}),
    Case("institution_once_per_partnership", registry.Member,
         lambda w: {"institution": w.institution}, lambda w: {"institution": w.other},
         lambda w: {"partnership": w.partnership}),
    order("member_until_not_before_since", registry.Member,
          lambda w: {"partnership": w.partnership, "institution": w.other},
          "since", "until", years=(2008, 2009)),
    order("agreement_expires_not_before_signed", registry.Agreement, agreement,
          "signed_on", "expires_on"),
    order("agreement_renewed_not_before_signed", registry.Agreement, agreement,
          "signed_on", "renewed_on"),
    order("agreement_expires_not_before_renewed", registry.Agreement, agreement,
          "renewed_on", "expires_on"),
    order("funding_until_not_before_from", registry.Funding,
          lambda w: {"partnership": w.partnership, "funder": w.funder},
          "from_year", "until_year", years=(2008, 2009)),
    Case("framework_version_once", registry.Framework,
         lambda w: {"code": w.framework.code, "version": "1"},
         lambda w: {"code": w.framework.code, "version": "2"},
         fixed(title="Again", source_name="A source", source_url="https://example.org/",
               wording_note="Ours")),
    Case("principle_code_once", registry.Principle, fixed(code="p1"), fixed(code="p9"),
         lambda w: {"framework": w.framework, "number": 9, "title": "Again"}),
    Case("principle_number_once", registry.Principle, fixed(number=1), fixed(number=9),
         lambda w: {"framework": w.framework, "code": "p9", "title": "Again"}),
    Case("hallmark_code_once", registry.Hallmark, fixed(code="h1"), fixed(code="h9"),
         lambda w: {"principle": w.principle, "number": 9, "text": "Again"}),
    Case("hallmark_number_once", registry.Hallmark, fixed(number=1), fixed(number=9),
         lambda w: {"principle": w.principle, "code": "h9", "text": "Again"}),
    Case("resource_principle_once", registry.ResourcePrinciple,
         fixed(code="thet"), fixed(code="thet.strategic"),
         lambda w: {"resource": w.resource}, fixed(code="thet")),
    Case("one_standing_consent_per_purpose", registry.Consent, fixed(),
         fixed(purpose="surveys"), consent, fixed()),
    Case("consent_withdrawn_not_before_given", registry.Consent,
         fixed(given_at=EVENING, withdrawn_at=MORNING),
         fixed(given_at=MORNING, withdrawn_at=EVENING), consent),
    Case("import_row_once_per_run", registry.ImportRow, fixed(number=2), fixed(number=3),
         lambda w: {"run": w.run, "slug": "a", "verdict": "create", "cells": {"slug": "a"}},
         fixed(number=2)),
    Case("planned_import_row_once_per_file", registry.PlannedImportRow,
         fixed(number=2), fixed(number=3),
         lambda w: {"planned": w.planned, "slug": "a", "verdict": "create", "cells": {"slug": "a"}},
         fixed(number=2)),
    Case("facet_value_once", registry.FacetValue, fixed(value="a"), fixed(value="b"),
         lambda w: {"partnership": w.partnership, "facet": "test"}, fixed(value="a")),
    Case("public_location_once", registry.PublicLocation,
         lambda w: {"institution": w.institution}, lambda w: {"institution": w.other},
         lambda w: {"partnership": w.partnership, "side": "partner", "latitude": 1.0,
                    "longitude": 1.0, "precision": "city"},
         lambda w: {"institution": w.institution}),
    Case("user_email_unique", registry.User, fixed(email="SAME@example.org", username="b"),
         fixed(email="other@example.org", username="b"), fixed(password="-"),
         fixed(email="same@example.org", username="a")),
    Case("user_email_unique", registry.User,
         fixed(email="same@example.org", username="b"), fixed(email="", username="b"),
         fixed(password="-"), fixed(email="same@example.org", username="a"),
         label="none is not a duplicate"),
    Case("api_key_expires_not_before_made", registry.ApiKey,
         fixed(expires_at=MORNING), fixed(expires_at=EVENING), api_key),
    Case("api_key_revoked_with_who", registry.ApiKey, fixed(revoked_at=EVENING),
         lambda w: {"revoked_at": EVENING, "revoked_by": w.user}, api_key, label="nobody"),
    Case("api_key_revoked_with_who", registry.ApiKey, lambda w: {"revoked_by": w.user},
         fixed(), api_key, label="no time"),
    Case("one_last_change", registry.RecordChange, fixed(record_id=1), fixed(record_id=2),
         record_change, fixed(record_id=1, position=1)),
    Case("removed_record_says_why", registry.RecordChange,
         fixed(record_id=1, removed_at=NOON),
         fixed(record_id=1, removed_at=NOON, why="deleted"), record_change, label="no word"),
    Case("removed_record_says_why", registry.RecordChange, fixed(record_id=1, why="deleted"),
         fixed(record_id=1), record_change, label="not removed"),
    order("coordinator_until_not_before_since", registry.Coordinator,
          lambda w: {"member": w.member, "name": "Somebody"}, "since", "until"),
]  # fmt: skip
