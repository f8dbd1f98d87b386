"""Partnerships, for OpenAPI."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from rest_framework import serializers as s

from mapapp.api.schema.institutions import SITE, HealthBoard, Institution
from mapapp.api.schema.parts import Coded, Page, PartialDate, Place, Reference, Sides, texts, told

MOMENT = "2026-01-31T09:00:00+00:00"


def _with(
    own: dict[str, Any], more: type[s.Serializer[Any]], path: str, without: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Fields, and those that only `expand` brings."""
    for name, field in more().fields.items():
        if name not in own and name not in without:
            own[name] = deepcopy(field)
            own[name].required = False
            own[name].help_text = f"With expand={path}: {field.help_text}"
    return own


class TopicOf(Coded):
    primary = told(s.BooleanField, "Whether it is the main one.", True)


class MemberInstitution(s.Serializer[object]):
    id = told(s.UUIDField, "Permanent.", "4f92c305-4737-4cd7-9b6d-3738ea605394")
    slug = told(s.CharField, "Its name in addresses.", "chitambo-hospital")
    name = told(s.CharField, "Its name.", "Chitambo Hospital")
    kind = told(s.CharField, "Code of a kind of institution.", "hospital")
    kind_label = told(s.CharField, "The kind, for people.", "Hospital")
    country = told(s.CharField, "ISO 3166-1 alpha-2.", "ZM")

    def get_fields(self) -> dict[str, Any]:
        return _with(super().get_fields(), Institution, "members.institution")


class BoardOf(Reference):
    def get_fields(self) -> dict[str, Any]:
        counted = ("partnerships", "has_lead_champion")
        return _with(super().get_fields(), HealthBoard, "health_board", counted)


class Member(s.Serializer[object]):
    side = told(s.ChoiceField, "Which end it stands at.", "partner", choices=["uk", "partner"])
    role = told(s.CharField, "Code of a role.", "lead")
    role_label = told(s.CharField, "The role, for people.", "Lead")
    since = told(s.IntegerField, "First year, or null.", 2008, allow_null=True)
    until = told(s.IntegerField, "Last year, or null.", 2012, allow_null=True)
    institution = MemberInstitution(help_text="Who takes part.")


class Location(Place):
    institution = told(s.CharField, "Slug of the member that is there.", "chitambo-hospital")


class StepOf(s.Serializer[object]):
    number = told(s.IntegerField, "Step of the twinning cycle, 1 to 6.", 3)
    label = told(s.CharField, "The step, for people.", "Gap analysis")  # type: ignore[assignment]


class Partnership(s.Serializer[object]):
    id = told(s.UUIDField, "Permanent.", "aed5620d-8837-4898-9bb1-b02453ade298")
    slug = told(s.CharField, "May change; the old one redirects for ever.", "friends-of-chitambo")
    url = told(s.URLField, "Its page, for people.", f"{SITE}/partnerships/friends-of-chitambo/")
    name = told(s.CharField, "Its name.", "Friends of Chitambo")
    other_names = texts("Former names, acronyms, names in other languages.", ["Chitambo link"])
    summary = told(s.CharField, "What it does, at most 300 characters.", "Nurses train nurses.")
    goals = told(s.CharField, "What the partners want to achieve; or empty.", "Safer births.")
    learning = Sides(help_text="What each side learns, in its own words; or empty.")
    project_origin = told(s.CharField, "How it came about; or empty.", "A nurse asked.")
    evidence_of_need = told(s.CharField, "What showed that it is needed; or empty.", "A survey.")
    kind = Coded(help_text="Kind of partnership.")
    stage = Coded(help_text="Is the partnership alive?")
    stage_reason = told(s.CharField, "Why it is paused, closing or ended; or empty.", "")
    moderation = told(
        s.CharField, "`listed` is public; others are shown to their people only.", "listed"
    )
    began = PartialDate(allow_null=True, help_text="When it began, as far as is known.")
    ended = PartialDate(allow_null=True, help_text="When it ended, as far as is known.")
    health_board = BoardOf(allow_null=True, help_text="The Board that owns the record.")
    members = Member(many=True, help_text="Who takes part, in the record's order.")
    countries = texts("Of members, and declared; ISO 3166-1 alpha-2, sorted.", ["GB", "ZM"])
    topics = TopicOf(many=True, help_text="What it is about, the main topic first.")
    activities = Coded(many=True, help_text="What happens.")
    professions = Coded(many=True, help_text="Who takes part.")
    professions_wanted = Coded(many=True, help_text="Who could help now.")
    funders = Coded(many=True, help_text="Who pays.")
    sdgs = told(
        s.ListField, "Numbers of Sustainable Development Goals.", [3, 17], child=s.IntegerField()
    )
    languages = texts("Working languages.", ["English", "Nyanja"])
    delivery = Coded(allow_null=True, help_text="Remote, in person or both.")
    direction = Coded(allow_null=True, help_text="Which way people and knowledge travel.")
    twinning_step = StepOf(
        allow_null=True, help_text="Step that the open cycle of WHO's twinning has reached."
    )
    locations = Location(many=True, help_text="Where members may be drawn.")
    confirmed = Sides(help_text="Day on which each side last said that the record is right.")
    website = told(s.CharField, "Its own website, or empty.", "https://www.example.org/")
    source_url = told(s.CharField, "The page that it rests on.", "https://example.org/chitambo")
    source_note = told(s.CharField, "What the source supports and what is weak.", "Year: page 3.")
    gap_note = told(s.CharField, "Why it names fewer than two members or countries.", "")
    created = told(s.DateTimeField, "When the record was made, ISO 8601.", MOMENT)
    modified = told(s.DateTimeField, "When the record last changed, ISO 8601.", MOMENT)
    version = told(
        s.CharField, "Another one after each change: the base of a proposal.", "649ab4d1d6900"
    )


class MemberDetail(Member):
    town = told(s.CharField, "Its town, or empty where it may not be known.", "Chitambo")


class TwinningDocument(s.Serializer[object]):
    title = told(s.CharField, "What it is called.", "Joint needs assessment")
    url = told(s.URLField, "Where it is.", "https://example.org/assessment.pdf")


class TwinningStep(StepOf):
    began = PartialDate(allow_null=True, help_text="When it began, as far as is known.")
    completed = PartialDate(allow_null=True, help_text="When it was completed, or null.")
    note = told(s.CharField, "What was done; or empty.", "Two wards were visited.")
    documents = TwinningDocument(many=True, help_text="What came of it, published elsewhere.")


class TwinningCycle(s.Serializer[object]):
    number = told(s.IntegerField, "The first cycle is 1.", 1)
    note = told(s.CharField, "What it is about; or empty.", "Safer blood.")
    closed = told(
        s.DateField, "Day from which the partners are done with it, or null.", None, allow_null=True
    )
    steps = TwinningStep(many=True, help_text="The steps that it has reached.")


class FundingLine(s.Serializer[object]):
    funder = Coded(help_text="Who pays.")
    scheme = told(s.CharField, "Under which scheme; or empty.", "Small grants")
    since = told(s.IntegerField, "First year, or null.", 2019, allow_null=True)
    until = told(s.IntegerField, "Last year, or null.", 2021, allow_null=True)
    band = Coded(
        allow_null=True, help_text="Pounds sterling over the whole grant; null if not disclosed."
    )


class Agreement(s.Serializer[object]):
    title = told(s.CharField, "What was signed.", "Memorandum of understanding")
    signed = told(s.DateField, "Day of signing, ISO 8601, or null.", "2019-05-01", allow_null=True)
    renewed = told(s.DateField, "Day of renewal, or null.", "2022-05-01", allow_null=True)
    expires = told(s.DateField, "Day on which it expires, or null.", "2027-05-01", allow_null=True)
    document_url = told(s.CharField, "Where to read it; or empty.", "https://example.org/mou.pdf")


class Related(s.Serializer[object]):
    about = told(s.CharField, "What they share.", "about surgery in Malawi")
    partnerships = told(s.IntegerField, "How many others.", 4)
    parameters = told(
        s.DictField,
        "Parameter → value of the question that finds them.",
        {"topic": "surgery", "country": "MW"},
        child=s.CharField(),
    )
    url = told(
        s.URLField,
        "The same question to the API.",
        f"{SITE}/api/v1/partnerships/?topic=surgery&country=MW",
    )


class PartnershipDetail(Partnership):
    members = MemberDetail(many=True, help_text="Who takes part, in the record's order.")
    permanent_url = told(
        s.URLField,
        "Its address by permanent id, to cite.",
        f"{SITE}/partnerships/aed5620d-8837-4898-9bb1-b02453ade298/",
    )
    history_url = told(
        s.URLField,
        "What has changed since it was public, as the API tells it.",
        f"{SITE}/api/v1/partnerships/friends-of-chitambo/history/",
    )
    freshness = Coded(help_text="Whether its last confirmation is recent; days count.")
    checklist_agreed = told(
        s.CharField,
        "Month in which all sides last agreed a checklist of principles, or null.",
        "2026-03",
        allow_null=True,
    )
    funding = FundingLine(many=True, help_text="Every grant that is known, the first one first.")
    agreements = Agreement(many=True, help_text="What was signed. Signing is not beginning.")
    twinning_cycles = TwinningCycle(many=True, help_text="WHO twinning: the newest cycle first.")
    related = Related(many=True, help_text="How many others share a place, topic or Board.")


class Day(s.Serializer[object]):
    on = told(s.DateField, "The day, ISO 8601.", "2026-03-01")
    changes = texts("What changed, in lines to read.", ["Stage: Active → Paused"])


class History(s.Serializer[object]):
    id = told(s.UUIDField, "Of the partnership.", "aed5620d-8837-4898-9bb1-b02453ade298")
    slug = told(s.CharField, "Of the partnership.", "friends-of-chitambo")
    is_whole = told(s.BooleanField, "False where older changes are left out.", True)
    days = Day(many=True, help_text="Newest first, at most 50.")


class PartnershipPage(Page):
    results = Partnership(many=True, help_text="In the asked order.")
