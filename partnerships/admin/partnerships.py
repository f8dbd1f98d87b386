"""Partnerships in the admin: one page with everything that is known of a record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from partnerships.admin.acts import ActPages
from partnerships.admin.exporting import ExportPages
from partnerships.admin.filters import CountryFilter, FreshnessFilter, OwnerFilter
from partnerships.admin.forms import shown
from partnerships.admin.merged import MergedAdmin
from partnerships.admin.partnership_form import FIELDSETS, RECORD, SECTIONS, PartnershipForm
from partnerships.admin.partnership_rows import (
    AgreementInline,
    ConfirmationInline,
    DecisionInline,
    FundingInline,
    MemberInline,
    TopicInline,
)
from partnerships.admin.preview import PublicPreview
from partnerships.admin.scoping import viewer_for
from partnerships.admin.sections import Sectioned
from partnerships.admin.similar import SimilarPartnerships
from partnerships.admin.steps import ModerationSteps
from partnerships.admin.twinning import cycles_of
from partnerships.admin.vocabularies import is_autocomplete
from partnerships.choices import Moderation
from partnerships.models import (
    Member,
    Partnership,
    User,
)
from partnerships.policies.permissions import Viewer, can_edit, can_see
from partnerships.services import partnerships
from partnerships.services.parts import Parts
from partnerships.textsearch import MAX_LENGTH, matching

#: Fields of the form that are parts of a record, written by the service one by one.
PARTS = ("declared_countries", "activities", "professions", "professions_wanted", "sdgs")


@admin.register(Partnership)
class PartnershipAdmin(  # type: ignore[misc]
    PublicPreview,
    SimilarPartnerships,
    Sectioned,
    ActPages,
    ModerationSteps,
    ExportPages,
    MergedAdmin,
):
    """Champions change their Boards' records and read what else they may see."""

    form = PartnershipForm
    for_champions = True
    fieldsets = FIELDSETS
    sections = SECTIONS
    change_form_template = "admin/sectioned_form.html"
    readonly_fields = [
        "moderation",
        "uk_confirmed_on",
        "partner_confirmed_on",
        "created_by",
        "created_at",
        "modified_at",
        "public_id",
        "former_addresses",
        "twinning",
    ]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["professions", "professions_wanted", "declared_countries"]
    inlines = [
        MemberInline,
        TopicInline,
        FundingInline,
        AgreementInline,
        ConfirmationInline,
        DecisionInline,
    ]
    list_display = [
        "name",
        "owner",
        "moderation",
        "stage",
        "member_count",
        "last_confirmed_on",
        "modified_at",
    ]
    list_filter = [OwnerFilter, "moderation", "stage", FreshnessFilter, "kind", CountryFilter]
    list_select_related = ["health_board__institution"]
    search_fields = ["name"]  # get_search_results asks the same words as the public pages
    ordering = ["name_key", "pk"]
    # Going back to old words must not list, confirm or give away a record.
    not_reverted = frozenset({"health_board"})

    @admin.display(description="Health Board", ordering="health_board__institution__name")
    def owner(self, obj: Partnership) -> str:
        return obj.health_board.institution.name if obj.health_board else "The unit"

    @admin.display(description="began")
    def began(self, obj: Partnership) -> str:
        return shown(obj.began_on, obj.began_precision) or "–"

    @admin.display(description="ended")
    def ended(self, obj: Partnership) -> str:
        return shown(obj.ended_on, obj.ended_precision) or "–"

    @admin.display(description="former addresses")
    def former_addresses(self, obj: Partnership) -> str:
        if obj._state.adding:
            return "–"
        return ", ".join(sorted(row.slug for row in obj.former_slugs.all())) or "–"

    @admin.display(description="WHO twinning")
    def twinning(self, obj: Partnership) -> str:
        return cycles_of(obj, self.admin_site.name)

    # Who.

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return True
        return can_see(
            viewer,
            moderation=obj.moderation,
            board_id=obj.health_board_id,
            created_by_id=obj.created_by_id,
        )

    def may_add(self, viewer: Viewer) -> bool:
        return viewer.edits_everything or bool(viewer.boards)

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        if obj is None:
            return self.may_add(viewer)
        return can_edit(viewer, board_id=obj.health_board_id)

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        return rows.visible_to(viewer)

    def choosable(self, rows: Any, viewer: Viewer) -> Any:
        if viewer.edits_everything:
            return rows
        return rows.filter(health_board__in=viewer.boards)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> Any:
        if is_autocomplete(request):
            queryset = self.choosable(queryset, viewer_for(request))
        if not search_term.strip():
            return queryset, False
        words = matching(search_term[:MAX_LENGTH], using=queryset.db)
        return (queryset.filter(words) if words else queryset.none()), False

    # What the page shows.

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """What was decided and said about a record is for those who keep it."""
        inlines: list[Any] = [MemberInline, TopicInline, FundingInline, AgreementInline]
        if obj is not None and self.may_see_history(viewer_for(request), obj):
            inlines += [ConfirmationInline, DecisionInline]
        return inlines

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new record has nothing to say of itself yet."""
        stated = super().get_fieldsets(request, obj)
        return stated if obj else [part for part in stated if part[0] != RECORD]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        viewer = viewer_for(request)
        if db_field.name == "health_board" and not viewer.edits_everything:
            # Without a Board the record would be the unit's, and lost to its champion.
            field.required, field.empty_label = True, None
        return field

    def public_address(self, obj: Partnership) -> str:
        return f"/partnerships/{obj.slug}/"

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        listed = obj is not None and obj.moderation == Moderation.LISTED
        return self.public_address(obj) if listed else None

    # What the services do.

    def write(self, obj: Partnership, *, by: User, reason: str) -> bool:
        return partnerships.save(obj, by=by, reason=reason)

    def remove(self, obj: Partnership, *, by: User, reason: str) -> None:
        partnerships.delete(obj, by=by, reason=reason)

    def store(
        self, obj: Partnership, *, form: Any, formsets: Iterable[Any], by: User, reason: str
    ) -> None:
        formsets = list(formsets)
        parts = {name: form.cleaned_data[name] for name in PARTS if name in form.cleaned_data}
        if obj._state.adding:
            obj.created_by = by
        _count_ahead(obj, formsets, parts.get("declared_countries", ()))
        saved = partnerships.save(obj, by=by, reason=reason, index=False)
        rows = [self.write_rows(formset, by=by, reason=reason) for formset in formsets]
        partnerships.update(
            obj,
            by=by,
            values={},
            parts=Parts(**{k: list(v) for k, v in parts.items()}),
            reason=reason,
        )
        if any(rows) and not saved:
            obj.modified_at = timezone.now()
        if any(rows) or saved:
            partnerships.settle(obj, by=by, reason=reason)


def _count_ahead(obj: Partnership, formsets: Iterable[Any], declared: Iterable[Any]) -> None:
    """Count members and countries as they will be, so that the whole page is judged at once.

    Otherwise a member and the note that its absence needed could not change places in one go.
    `settle` counts what is really there.
    """
    for formset in formsets:
        if formset.model is Member:
            institutions = [
                form.cleaned_data["institution"]
                for form in formset.forms
                if form.cleaned_data.get("institution") and not form.cleaned_data.get("DELETE")
            ]
            countries = {institution.country_id for institution in institutions}
            countries |= {country.pk for country in declared}
            obj.member_count, obj.country_count = len(institutions), len(countries)
