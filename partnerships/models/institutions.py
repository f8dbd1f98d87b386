"""Countries, institutions on every side, Health Boards and their champions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from partnerships.choices import (
    AliasKind,
    ChampionRole,
    IncomeGroup,
    InstitutionKind,
    LocationLevel,
    Nation,
    Precision,
    Side,
    SuccessionKind,
    WhoRegion,
)
from partnerships.models.fields import KeyField, believable_place, in_order, one_of

HOME_COUNTRY = "GB"


class CountryQuerySet(models.QuerySet["Country"]):
    def with_codes(self, codes: Iterable[str]) -> Self:
        """Some countries, by name."""
        return self.filter(pk__in=list(codes)).order_by("common_name")


class Country(models.Model):
    """A country or territory of ISO 3166-1, and Kosovo under its user-assigned code."""

    alpha2 = models.CharField("ISO code", max_length=2, primary_key=True)
    alpha3 = models.CharField("ISO alpha-3 code", max_length=3, unique=True)
    numeric = models.CharField(
        "ISO numeric code",
        max_length=3,
        blank=True,
        help_text="Three digits, as the map's outlines carry them. Empty for Kosovo.",
    )
    name = models.CharField(max_length=100, help_text="UN short name, without “the”.")
    common_name = models.CharField(max_length=100, help_text="The name that pages show.")
    aliases = models.JSONField(
        default=list, blank=True, help_text="Other names that imports and searches may use."
    )
    who_region = models.CharField("WHO region", max_length=4, choices=WhoRegion.choices, blank=True)
    income_group = models.CharField(
        "World Bank income group",
        max_length=12,
        choices=IncomeGroup.choices,
        blank=True,
        help_text="Empty where the World Bank has no group for it this year.",
    )
    income_year = models.CharField(
        max_length=6, blank=True, help_text="The World Bank's fiscal year, such as FY2026."
    )
    un_region = models.CharField("UN region", max_length=40, blank=True)
    un_subregion = models.CharField("UN subregion", max_length=60, blank=True)
    is_least_developed = models.BooleanField("on the UN list of least developed", default=False)
    is_on_safeguards_list = models.BooleanField(
        "on the WHO workforce safeguards list",
        default=False,
        help_text="WHO health workforce support and safeguards list 2023.",
    )
    is_partner_country = models.BooleanField("Scottish Government partner country", default=False)
    is_official = models.BooleanField(
        "assigned by ISO", default=True, help_text="No for user-assigned codes such as XK."
    )
    latitude = models.FloatField(help_text="Of the map label, in degrees.")
    longitude = models.FloatField(help_text="Of the map label, in degrees.")
    bbox_west = models.FloatField()
    bbox_south = models.FloatField()
    bbox_east = models.FloatField()
    bbox_north = models.FloatField()
    history = HistoricalRecords()
    objects = CountryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "countries"
        constraints = [
            *believable_place("country"),
            one_of(
                "who_region",
                ["", *WhoRegion.values],
                name="country_who_region_known",
                message="Choose one of the six WHO regions, or none.",
            ),
            one_of(
                "income_group",
                ["", *IncomeGroup.values],
                name="country_income_group_known",
                message="Choose one of the four World Bank income groups, or none.",
            ),
        ]

    def __str__(self) -> str:
        return self.common_name

    @property
    def side(self) -> str:
        return Side.UK if self.alpha2 == HOME_COUNTRY else Side.PARTNER


class InstitutionQuerySet(models.QuerySet["Institution"]):
    def in_country(self, alpha2: str) -> Self:
        return self.filter(country_id=alpha2)

    def for_list(self) -> Self:
        """What the list of institutions shows, in its order."""
        return self.select_related("country", "parent").order_by("name_key", "pk")

    def for_api(self) -> Self:
        """With what its public record tells, whoever follows it included."""
        return self.select_related("country", "parent", "successor").prefetch_related(
            "aliases", "identifiers"
        )

    def matching_words(self, words: list[str]) -> Self:
        """Institutions with every word in their names, aliases or town, by prefix."""
        found = self
        for word in words:
            found = found.filter(search_text__contains=f" {word}")
        return found


class Institution(models.Model):
    """A hospital, Board, university, charity, ministry …: one record whatever side it is on."""

    public_id = models.UUIDField("permanent id", default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(
        max_length=80,
        unique=True,
        help_text="Its address on this site. An old one keeps leading here when it changes.",
    )
    name = models.CharField(max_length=200)
    local_name = models.CharField(
        max_length=200, blank=True, help_text="Its name in its own language, if that differs."
    )
    name_key = KeyField(max_length=200, editable=False, db_index=True)
    search_text = models.TextField(
        editable=False,
        default="",
        help_text="Derived: the normalised words of names, aliases and town, a space before each.",
    )
    kind = models.CharField(max_length=24, choices=InstitutionKind.choices)
    country = models.ForeignKey(Country, models.PROTECT, related_name="institutions")
    uk_nation = models.CharField(
        "UK nation",
        max_length=3,
        choices=Nation.choices,
        blank=True,
        help_text="For institutions in the UK, so that pages can say Scotland.",
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        help_text="The institution it belongs to: hospital → Board, clinic → district → ministry.",
    )
    city = models.CharField("town or city", max_length=100, blank=True)
    latitude = models.FloatField(null=True, blank=True, help_text="In degrees; north is positive.")
    longitude = models.FloatField(null=True, blank=True, help_text="In degrees; east is positive.")
    precision = models.CharField(
        max_length=8,
        choices=Precision.choices,
        default=Precision.SITE,
        help_text="How well the place is known. The map draws an area where it is not the site.",
    )
    location_level = models.CharField(
        "show its place",
        max_length=8,
        choices=LocationLevel.choices,
        default=LocationLevel.EXACT,
        help_text="How exactly the public may see where this institution is.",
    )
    location_source = models.CharField(
        max_length=200, blank=True, help_text="Where the coordinates come from."
    )
    website = models.URLField(max_length=300, blank=True)
    source_url = models.URLField(
        "source", max_length=300, blank=True, help_text="The page that says that it exists."
    )
    succession_kind = models.CharField(
        "what became of it", max_length=8, choices=SuccessionKind.choices, blank=True
    )
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )
    succeeded_on = models.DateField(
        null=True, blank=True, help_text="When it was renamed, merged or closed."
    )
    created_at = models.DateTimeField(editable=False)
    modified_at = models.DateTimeField(editable=False)
    history = HistoricalRecords(excluded_fields=["name_key", "search_text"])

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        constraints = [
            *believable_place("institution"),
            models.CheckConstraint(
                # By the field's name: full_clean passes over a condition that says country_id.
                condition=Q(country=HOME_COUNTRY) | Q(uk_nation=""),
                name="institution_nation_only_in_uk",
                violation_error_message="Only institutions in the United Kingdom have a UK nation.",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="institution_not_own_parent",
                violation_error_message="An institution cannot belong to itself.",
            ),
            models.CheckConstraint(
                condition=Q(succession_kind="", successor__isnull=True)
                | Q(succession_kind=SuccessionKind.CLOSED, successor__isnull=True)
                | (
                    Q(succession_kind__in=SuccessionKind.values, successor__isnull=False)
                    & ~Q(successor=F("pk"))
                ),
                name="institution_succession_whole",
                violation_error_message=(
                    "A renamed or merged institution needs another one that follows it; "
                    "choose what became of it, and its successor."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def side(self) -> str:
        return Side.UK if self.country_id == HOME_COUNTRY else Side.PARTNER


class FormerInstitutionSlug(models.Model):
    """An address that an institution once had; it redirects for ever."""

    slug = models.SlugField(max_length=80, unique=True)
    institution = models.ForeignKey(Institution, models.CASCADE, related_name="former_slugs")

    def __str__(self) -> str:
        return self.slug


class InstitutionAlias(models.Model):
    """Another name that people use for an institution."""

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=AliasKind.choices, default=AliasKind.SPELLING)
    until = models.DateField(
        null=True, blank=True, help_text="For a former name: the day it stopped being used."
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"],
                name="alias_once_per_institution",
                violation_error_message="This institution has that alias already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Identifier(models.Model):
    """An institution's number in somebody else's register: charity, ROR, ODS, GSS."""

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="identifiers")
    scheme = models.CharField(
        max_length=20, help_text="Such as GB-SC (Scottish charities), GB-CHC, GB-COH, ROR, ODS."
    )
    value = models.CharField(max_length=60)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "value"],
                name="identifier_names_one_institution",
                violation_error_message="Another institution has this identifier already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class HealthBoardQuerySet(models.QuerySet["HealthBoard"]):
    def for_list(self) -> Self:
        """Boards with their institutions, by name."""
        return self.select_related("institution").order_by("institution__name_key")

    def with_lead(self, day: date) -> Self:
        """Annotates `has_lead`: whether a lead champion is in office on a day."""
        leads = Champion.objects.on(day).filter(role=ChampionRole.LEAD)
        return self.annotate(has_lead=models.Exists(leads.filter(board=models.OuterRef("pk"))))


class HealthBoard(models.Model):
    """A Scottish NHS Board: an institution with a code and, unless special, a territory."""

    institution = models.OneToOneField(
        Institution, models.PROTECT, primary_key=True, related_name="health_board"
    )
    code = models.CharField(
        "GSS code", max_length=9, blank=True, help_text="Special Boards have none."
    )
    former_codes = models.JSONField(default=list, blank=True)
    is_territorial = models.BooleanField(
        default=True, help_text="Special (national) Boards have no territory."
    )
    history = HistoricalRecords()

    objects = HealthBoardQuerySet.as_manager()

    class Meta:
        verbose_name = "Health Board"
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=~Q(code=""),
                name="board_code_unique",
                violation_error_message="Another Board has this code.",
            ),
            models.CheckConstraint(
                condition=Q(is_territorial=False) | ~Q(code=""),
                name="territorial_board_has_code",
                violation_error_message="A territorial Board needs its GSS code (S08…).",
            ),
        ]

    def __str__(self) -> str:
        return self.institution.name


class ChampionQuerySet(models.QuerySet["Champion"]):
    def on(self, day: date) -> Self:
        """Tenures that hold on a day; `until` is the first day without access."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=day), since__lte=day)


class Champion(models.Model):
    """A person's tenure as Global Citizenship lead or deputy of a Board."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tenures")
    board = models.ForeignKey(HealthBoard, models.PROTECT, related_name="champions")
    role = models.CharField(max_length=6, choices=ChampionRole.choices)
    since = models.DateField(help_text="The first day.")
    until = models.DateField(
        null=True, blank=True, help_text="The first day without access. Empty while it lasts."
    )
    history = HistoricalRecords()

    objects = ChampionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["board"],
                condition=Q(role=ChampionRole.LEAD, until__isnull=True),
                name="one_current_lead_per_board",
                violation_error_message=(
                    "This Board has a lead champion. End that tenure first, or appoint a deputy."
                ),
            ),
            models.UniqueConstraint(
                fields=["user", "board"],
                condition=Q(until__isnull=True),
                name="one_open_tenure_per_person_and_board",
                violation_error_message="This person is a champion of this Board already.",
            ),
            in_order(
                "since",
                "until",
                name="champion_until_not_before_since",
                message="A tenure cannot end before it begins.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"
