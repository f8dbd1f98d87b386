"""The rows on a partnership's page in the admin: members, topics, funding, agreements."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from partnerships.admin.forms import RowForm, RowFormSet
from partnerships.admin.records import RowInline
from partnerships.admin.scoping import ReadOnlyInline, viewer_for
from partnerships.models import (
    Agreement,
    Confirmation,
    Coordinator,
    Decision,
    Funding,
    Member,
    PartnershipTopic,
)
from partnerships.policies.permissions import can_see_contacts


class MemberInline(RowInline, admin.TabularInline[Any, Any]):
    """Two or more members. Their people have pages of their own, linked here for who may."""

    model = Member
    fields = ["institution", "role", "since", "until", "position"]
    autocomplete_fields = ["institution"]
    ordering = ["position", "pk"]
    same_by = ("institution",)
    verbose_name_plural = "institutions that take part"

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 2  # a new record shows that it wants both ends

    def get_queryset(self, request: HttpRequest) -> Any:
        people = Coordinator.objects.order_by("pk")
        rows = super().get_queryset(request).select_related("institution__country")
        return rows.prefetch_related(Prefetch("coordinators", queryset=people))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fields, *self.get_readonly_fields(request, obj)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or obj._state.adding:
            return []
        allowed = can_see_contacts(viewer_for(request), board_id=obj.health_board_id)
        return ["side", "people"] if allowed else ["side"]

    @admin.display(description="end")
    def side(self, obj: Member) -> str:
        return obj.institution.country.common_name if obj.institution_id else "–"

    @admin.display(description="coordinators")
    def people(self, obj: Member) -> SafeString | str:
        if obj._state.adding:
            return "–"
        pages = f"{self.admin_site.name}:partnerships_coordinator"
        names = format_html_join(
            ", ",
            '<a href="{}">{}</a>',
            (
                (reverse(f"{pages}_change", args=[person.pk]), person.name)
                for person in obj.coordinators.all()
            ),
        )
        add = format_html(
            '<a class="addlink" href="{}?member={}">Add a coordinator<span class="visually-hidden">'
            " for {}</span></a>",
            reverse(f"{pages}_add"),
            obj.pk,
            obj.institution.name,
        )
        return format_html("{} {}", names, add)


class TopicForm(RowForm):
    def _get_validation_exclusions(self) -> set[str]:
        """The primary topic may move from row to row in one go; the rows check it together."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions | {"is_primary"}


class TopicFormSet(RowFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form not in self.deleted_forms]
        if sum(bool(getattr(form, "cleaned_data", {}).get("is_primary")) for form in kept) > 1:
            raise ValidationError("Only one topic can be the primary one.")


class TopicInline(RowInline, admin.TabularInline[Any, Any]):
    model = PartnershipTopic
    form = TopicForm
    formset = TopicFormSet
    fields = ["topic", "is_primary"]
    autocomplete_fields = ["topic"]
    same_by = ("topic",)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1

    ordering = ["-is_primary", "topic__position", "topic__label"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("topic")


class FundingInline(RowInline, admin.TabularInline[Any, Any]):
    model = Funding
    fields = ["funder", "scheme", "from_year", "until_year", "band"]
    autocomplete_fields = ["funder"]
    ordering = ["from_year", "pk"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("funder")


class AgreementInline(RowInline, admin.TabularInline[Any, Any]):
    model = Agreement
    fields = ["title", "signed_on", "renewed_on", "expires_on", "document_url"]
    ordering = ["signed_on", "pk"]


class DecisionInline(ReadOnlyInline, admin.TabularInline[Any, Any]):
    model = Decision
    fields = ["decided_at", "before", "after", "decided_by", "reason"]
    ordering = ["-decided_at", "-pk"]
    verbose_name_plural = "steps of moderation"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("decided_by", "partnership")


class ConfirmationInline(ReadOnlyInline, admin.TabularInline[Any, Any]):
    model = Confirmation
    fields = ["confirmed_at", "side", "confirmed_by", "how"]
    ordering = ["-confirmed_at", "-pk"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("confirmed_by", "partnership")
