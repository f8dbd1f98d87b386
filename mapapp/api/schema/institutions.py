"""Institutions, countries and Health Boards, for OpenAPI."""

from __future__ import annotations

from rest_framework import serializers as s

from mapapp.api.schema.parts import (
    About,
    Coded,
    Counted,
    CountedInstitution,
    Page,
    Place,
    Reference,
    told,
)

SITE = "https://map.example.org"


class Alias(s.Serializer[object]):
    name = told(s.CharField, "Another name for it.", "Chitambo Mission Hospital")
    kind = told(s.CharField, "Code: former_name, acronym, spelling or translation.", "spelling")


class Identifier(s.Serializer[object]):
    scheme = told(s.CharField, "Whose register it is, such as GB-SC, GB-CHC, ROR or ODS.", "GB-SC")
    value = told(s.CharField, "Its number there.", "SC031692")


class Succession(s.Serializer[object]):
    kind = told(s.CharField, "Code: renamed, merged or closed.", "merged")
    on = told(s.DateField, "When, ISO 8601.", "2015-04-01", allow_null=True)
    successor = Reference(allow_null=True, help_text="What follows it.")


class Institution(s.Serializer[object]):
    id = told(s.UUIDField, "Permanent.", "4f92c305-4737-4cd7-9b6d-3738ea605394")
    slug = told(s.CharField, "May change; the old one redirects for ever.", "chitambo-hospital")
    url = told(s.URLField, "Its page, for people.", f"{SITE}/institutions/chitambo-hospital/")
    name = told(s.CharField, "Its name.", "Chitambo Hospital")
    local_name = told(s.CharField, "In its own language, if that differs; or empty.", "")
    aliases = Alias(many=True, help_text="What else it is called.")
    identifiers = Identifier(many=True, help_text="Its numbers in the registers of others.")
    kind = Coded(help_text="Kind of institution.")
    country = told(s.CharField, "ISO 3166-1 alpha-2.", "ZM")
    country_name = told(s.CharField, "The country's name.", "Zambia")
    nation = told(s.CharField, "UK nation: SCT, ENG, WLS or NIR.", "SCT", allow_null=True)
    side = told(s.ChoiceField, "Which end it stands at.", "partner", choices=["uk", "partner"])
    parent = Reference(allow_null=True, help_text="What it belongs to.")
    city = told(s.CharField, "Town, or empty where the public may not know it.", "Chitambo")
    location = Place(allow_null=True, help_text="Where it may be drawn, or null.")
    website = told(s.CharField, "Address of its website, or empty.", "https://www.example.org/")
    source_url = told(s.CharField, "The page that says that it exists.", "https://example.org/a")
    succession = Succession(allow_null=True, help_text="What became of it, or null.")
    modified = told(
        s.DateTimeField, "When the record last changed, ISO 8601.", "2026-01-31T09:00:00+00:00"
    )


class InstitutionDetail(Institution, About):
    board_url = told(
        s.URLField,
        "Its page as a Health Board, or null if it is none.",
        f"{SITE}/health-boards/nhs-borders/",
        allow_null=True,
    )
    parts = Reference(many=True, help_text="Institutions that belong to it.")
    predecessors = Reference(many=True, help_text="Institutions that it follows.")
    in_town = Reference(many=True, help_text="Others in the same town, at most 60.")


class Country(s.Serializer[object]):
    code = told(s.CharField, "ISO 3166-1 alpha-2; XK for Kosovo.", "MW")
    alpha3 = told(s.CharField, "ISO 3166-1 alpha-3.", "MWI")
    numeric = told(s.CharField, "ISO 3166-1 numeric, three digits; empty for Kosovo.", "454")
    url = told(s.URLField, "Its page, for people.", f"{SITE}/countries/MW/")
    name = told(s.CharField, "The name that pages show.", "Malawi")
    un_name = told(s.CharField, "The short name of the United Nations.", "Malawi")
    region = told(s.CharField, "WHO region, or null.", "AFR", allow_null=True)
    region_label = told(s.CharField, "The region's name.", "African Region", allow_null=True)
    income = told(s.CharField, "World Bank income group, or null.", "low", allow_null=True)
    income_label = told(s.CharField, "The group's name.", "Low income", allow_null=True)
    income_year = told(s.CharField, "The World Bank's fiscal year.", "FY2026", allow_null=True)
    is_least_developed = told(s.BooleanField, "On the United Nations' list.", True)
    is_on_safeguards_list = told(
        s.BooleanField, "On the WHO health workforce support and safeguards list 2023.", True
    )
    is_partner_country = told(s.BooleanField, "A Scottish Government partner country.", True)
    partnerships = told(s.IntegerField, "How many public partnerships.", 41)


class CountryDetail(Country, About):
    safeguards_note = told(
        s.CharField, "What being on the safeguards list means; or empty.", "Malawi is on the …"
    )
    boards = Counted(many=True, help_text="The ten Health Boards with most partnerships here.")
    neighbours = Counted(many=True, help_text="Countries of its WHO region with most of them.")


class HealthBoard(s.Serializer[object]):
    slug = told(s.CharField, "Its name in addresses; also that of its institution.", "nhs-borders")
    url = told(s.URLField, "Its page, for people.", f"{SITE}/health-boards/nhs-borders/")
    name = told(s.CharField, "Its name.", "NHS Borders")
    code = told(s.CharField, "GSS code; special Boards have none.", "S08000016", allow_null=True)
    is_territorial = told(s.BooleanField, "False for national (special) Boards.", True)
    website = told(s.CharField, "Address of its website, or empty.", "https://www.example.org/")
    partnerships = told(
        s.IntegerField, "How many it owns, or that it or its institutions take part in.", 9
    )
    has_lead_champion = told(
        s.BooleanField, "Whether a Global Citizenship Lead Champion is in post today.", True
    )


class HealthBoardDetail(HealthBoard, About):
    owned = told(s.IntegerField, "How many of the partnerships it owns.", 7)
    institutions = CountedInstitution(many=True, help_text="What belongs to it.")
    countries = Counted(many=True, help_text="The ten countries with most of its partnerships.")


class InstitutionPage(Page):
    results = Institution(many=True, help_text="By name.")


class CountryPage(Page):
    results = Country(many=True, help_text="By code.")


class HealthBoardPage(Page):
    results = HealthBoard(many=True, help_text="By name.")
