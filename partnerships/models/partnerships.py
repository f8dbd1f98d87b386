"""The partnership: its members at both ends, agreements and funding, and who may see it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Prefetch, Q
from simple_history.models import HistoricalRecords

from partnerships.choices import (
    DatePrecision,
    Delivery,
    Direction,
    Freshness,
    LocationLevel,
    MemberRole,
    Moderation,
    PartnershipKind,
    Stage,
)
from partnerships.models.fields import (
    KeyField,
    ListsHistory,
    in_order,
    one_of,
    precision_with_date,
)
from partnerships.models.institutions import Country, HealthBoard, Institution
from partnerships.models.vocabularies import Activity, DevelopmentGoal, Profession, Topic
from partnerships.policies.freshness import cutoffs
from partnerships.policies.permissions import Viewer

YEAR_RANGE = [MinValueValidator(1800), MaxValueValidator(2100)]


def shown_by_default(today: date) -> Q:
    """Those but whom `policies.freshness.is_hidden_by_default` names."""
    recent = Q(last_confirmed_on__gte=cutoffs(today).hidden_before)
    return Q(last_confirmed_on__isnull=True) | recent | Q(stage=Stage.ENDED)


class PartnershipQuerySet(models.QuerySet["Partnership"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What `policies.permissions.can_see` allows, as SQL."""
        if viewer.sees_everything:
            return self
        allowed = Q(moderation=Moderation.LISTED)
        if viewer.boards:
            allowed |= Q(health_board__in=viewer.boards)
        if viewer.user_id is not None:
            allowed |= Q(created_by=viewer.user_id)
        return self.filter(allowed)

    def listed(self) -> Self:
        return self.filter(moderation=Moderation.LISTED)

    def not_long_overdue(self, today: date) -> Self:
        return self.filter(shown_by_default(today))

    def of_freshness(self, states: list[str], today: date) -> Self:
        """Those whose `policies.freshness.freshness` on a day is one of the given states."""
        limits = cutoffs(today)
        on = "last_confirmed_on"
        condition = {
            Freshness.NEVER: Q(**{f"{on}__isnull": True}),
            Freshness.YES: Q(**{f"{on}__gte": limits.fresh_from}),
            Freshness.DUE: Q(**{f"{on}__gte": limits.due_from, f"{on}__lt": limits.fresh_from}),
            Freshness.OVERDUE: Q(**{f"{on}__lt": limits.due_from}),
        }
        wanted = Q(pk__in=[])
        for state in states:
            wanted |= condition[Freshness(state)]
        return self.filter(wanted)

    def called(self, name_key: str) -> Self:
        """Those whose name begins so; asked as a range, which the index of names answers."""
        return self.filter(name_key__gte=name_key, name_key__lt=f"{name_key}~")

    def with_parts(self) -> Self:
        """Everything that a card or a page shows, in a number of queries that never grows."""
        members = Member.objects.select_related("institution__country").order_by("position", "pk")
        topics = PartnershipTopic.objects.select_related("topic").order_by(
            "-is_primary", "topic__position", "topic__label"
        )
        return self.select_related("health_board__institution").prefetch_related(
            Prefetch("members", queryset=members),
            Prefetch("topic_links", queryset=topics),
            Prefetch("declared_countries", queryset=Country.objects.order_by("common_name")),
            Prefetch("professions_wanted", queryset=Profession.objects.order_by("label")),
        )


class Partnership(models.Model):
    """Co-developed work for health between institutions of different countries."""

    public_id = models.UUIDField("permanent id", default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(
        max_length=80,
        unique=True,
        help_text="Its address on this site. An old one keeps leading here when it changes.",
    )
    name = models.CharField(max_length=200)
    name_key = KeyField(max_length=200, editable=False)
    other_names = models.JSONField(
        default=list, blank=True, help_text="Former names, acronyms and names in other languages."
    )
    summary = models.CharField(
        max_length=300, blank=True, help_text="What it does, in at most 300 plain characters."
    )
    goals = models.TextField(blank=True, help_text="What the partners want to achieve together.")
    uk_learning = models.TextField(
        "what the UK side learns", blank=True, help_text="In the words of the UK side."
    )
    partner_learning = models.TextField(
        "what the partner side learns", blank=True, help_text="In the words of the partner side."
    )
    project_origin = models.TextField(blank=True, help_text="How it came about, and who asked.")
    evidence_of_need = models.TextField(blank=True, help_text="What showed that it is needed.")
    kind = models.CharField(max_length=24, choices=PartnershipKind.choices)
    stage = models.CharField(
        max_length=10,
        choices=Stage.choices,
        default=Stage.NOT_KNOWN,
        help_text="Is the partnership alive?",
    )
    stage_reason = models.CharField(
        max_length=200, blank=True, help_text="Why it is paused, closing or ended."
    )
    began_on = models.DateField(
        "began", null=True, blank=True, help_text="The first day of the year or month known."
    )
    began_precision = models.CharField(
        max_length=5, choices=DatePrecision.choices, blank=True, help_text="How much is known."
    )
    ended_on = models.DateField(
        "ended", null=True, blank=True, help_text="The last day of the year or month known."
    )
    ended_precision = models.CharField(
        max_length=5, choices=DatePrecision.choices, blank=True, help_text="How much is known."
    )
    health_board = models.ForeignKey(
        HealthBoard,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="partnerships",
        verbose_name="owning Health Board",
        help_text="Its champions edit the record. Without one the coordination unit does.",
    )
    declared_countries = models.ManyToManyField(
        Country,
        blank=True,
        related_name="declaring_partnerships",
        help_text="Countries that the source names without naming an institution there.",
    )
    topics = models.ManyToManyField(Topic, through="PartnershipTopic", related_name="partnerships")
    activities = models.ManyToManyField(Activity, blank=True, related_name="partnerships")
    professions = models.ManyToManyField(
        Profession,
        blank=True,
        related_name="partnerships",
        verbose_name="professions involved",
    )
    professions_wanted = models.ManyToManyField(
        Profession, blank=True, related_name="wanted_by", help_text="Who could help now."
    )
    sdgs = models.ManyToManyField(
        DevelopmentGoal, blank=True, related_name="partnerships", verbose_name="SDGs"
    )
    languages = models.CharField(
        max_length=200, blank=True, help_text="Working languages, separated by commas."
    )
    delivery = models.CharField(max_length=10, choices=Delivery.choices, blank=True)
    direction = models.CharField(max_length=12, choices=Direction.choices, blank=True)
    website = models.URLField(max_length=300, blank=True)
    source_url = models.URLField(
        "source", max_length=300, blank=True, help_text="The page that the record rests on."
    )
    source_note = models.TextField(
        blank=True, help_text="What the source supports and what is weak."
    )
    gap_note = models.CharField(
        "why it names so few",
        max_length=300,
        blank=True,
        help_text="For a listed record with fewer than two members or countries: why.",
    )
    location_level = models.CharField(
        "show its places",
        max_length=8,
        choices=LocationLevel.choices,
        default=LocationLevel.EXACT,
        help_text="How exactly the public may see where it works.",
    )
    is_sensitive = models.BooleanField(
        "sensitive",
        default=False,
        help_text="Being known could harm people: its places are shown no finer than the district.",
    )
    twinning_step = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False, help_text="Step of the open cycle, 1 to 6."
    )
    moderation = models.CharField(
        max_length=10,
        choices=Moderation.choices,
        default=Moderation.DRAFT,
        editable=False,
        help_text="May the public see it?",
    )
    uk_confirmed_on = models.DateField(null=True, blank=True, editable=False)
    partner_confirmed_on = models.DateField(null=True, blank=True, editable=False)
    last_confirmed_on = models.DateField(null=True, blank=True, editable=False)
    member_count = models.PositiveSmallIntegerField(default=0, editable=False)
    country_count = models.PositiveSmallIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="partnerships_created",
    )
    created_at = models.DateTimeField(editable=False)
    modified_at = models.DateTimeField(editable=False)
    history = ListsHistory(
        m2m_fields=[declared_countries, activities, professions, professions_wanted, sdgs],
        excluded_fields=["name_key", "member_count", "country_count"],
    )

    objects = PartnershipQuerySet.as_manager()

    class Meta:
        indexes = [
            # With the key, so that who is shown is read from here alone.
            models.Index(
                fields=["moderation", "last_confirmed_on", "stage", "id"],
                name="partnership_shown",
            ),
            models.Index(fields=["moderation", "name_key", "id"], name="partnership_by_name"),
            models.Index(fields=["moderation", "began_on", "id"], name="partnership_by_began"),
            models.Index(fields=["moderation", "modified_at", "id"], name="partnership_by_change"),
            models.Index(fields=["moderation", "created_at", "id"], name="partnership_by_entry"),
        ]
        constraints = [
            in_order(
                "began_on",
                "ended_on",
                name="partnership_ended_not_before_began",
                message="A partnership cannot end before it began.",
            ),
            precision_with_date(
                "began_on", "began_precision", name="partnership_began_with_precision"
            ),
            precision_with_date(
                "ended_on", "ended_precision", name="partnership_ended_with_precision"
            ),
            models.CheckConstraint(
                condition=~Q(moderation=Moderation.LISTED)
                | Q(member_count__gte=2, country_count__gte=2)
                | ~Q(gap_note=""),
                name="listed_partnership_whole_or_explained",
                violation_error_message=(
                    "A listed partnership has two or more members in two or more countries. "
                    "Add them, or write down why the record names so few."
                ),
            ),
            models.CheckConstraint(
                condition=Q(
                    uk_confirmed_on__isnull=True,
                    partner_confirmed_on__isnull=True,
                    last_confirmed_on__isnull=True,
                )
                | (
                    Q(last_confirmed_on__isnull=False)
                    # A comparison with NULL is not false, and a constraint only refuses false.
                    & (
                        Q(uk_confirmed_on__isnull=False, last_confirmed_on=F("uk_confirmed_on"))
                        | Q(
                            partner_confirmed_on__isnull=False,
                            last_confirmed_on=F("partner_confirmed_on"),
                        )
                    )
                    & (
                        Q(uk_confirmed_on__isnull=True)
                        | Q(last_confirmed_on__gte=F("uk_confirmed_on"))
                    )
                    & (
                        Q(partner_confirmed_on__isnull=True)
                        | Q(last_confirmed_on__gte=F("partner_confirmed_on"))
                    )
                ),
                name="partnership_last_confirmed_is_latest",
                violation_error_message="The last confirmation is the later of the two sides'.",
            ),
            models.CheckConstraint(
                condition=Q(twinning_step__isnull=True)
                | Q(twinning_step__gte=1, twinning_step__lte=6),
                name="partnership_twinning_step_1_to_6",
                violation_error_message="The twinning cycle has the steps 1 to 6.",
            ),
            one_of(
                "stage",
                Stage.values,
                name="partnership_stage_known",
                message="Choose one of the stages.",
            ),
            one_of(
                "moderation",
                Moderation.values,
                name="partnership_moderation_known",
                message="Choose one of the moderation states.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FormerPartnershipSlug(models.Model):
    """An address that a partnership once had; it redirects for ever."""

    slug = models.SlugField(max_length=80, unique=True)
    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="former_slugs")

    def __str__(self) -> str:
        return self.slug


class PartnershipTopic(models.Model):
    """A topic of a partnership; one of them may be the primary one."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="topic_links")
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="partnership_links")
    is_primary = models.BooleanField("primary", default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = "topic"
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "topic"],
                name="topic_once_per_partnership",
                violation_error_message="The partnership has this topic already.",
            ),
            models.UniqueConstraint(
                fields=["partnership"],
                condition=Q(is_primary=True),
                name="one_primary_topic",
                violation_error_message="Only one topic can be the primary one.",
            ),
        ]

    def __str__(self) -> str:
        return self.topic.label


class Member(models.Model):
    """An institution taking part in a partnership."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="members")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=MemberRole.choices, default=MemberRole.PARTNER)
    since = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=YEAR_RANGE, help_text="The first year."
    )
    until = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=YEAR_RANGE, help_text="The last year."
    )
    position = models.PositiveSmallIntegerField(
        default=0, help_text="Place among the members of its side."
    )
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "institution"],
                name="institution_once_per_partnership",
                violation_error_message="This institution is a member already.",
            ),
            in_order(
                "since",
                "until",
                name="member_until_not_before_since",
                message="A member cannot leave before it joins.",
            ),
        ]

    def __str__(self) -> str:
        return self.institution.name

    @property
    def side(self) -> str:
        """`uk` or `partner`. Reads self.institution: select_related it."""
        return self.institution.side
