"""What the admin pages of all records share: they save and delete through services.

A service that refuses is heard on the form: nothing is half-written, what was typed stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import NestedObjects
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import BadRequest, ValidationError
from django.db import IntegrityError, models, router, transaction
from django.db.models import ProtectedError
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst

from partnerships.admin.forms import (
    LinesField,
    ManyAutocomplete,
    PreloadedAutocomplete,
    RecordForm,
    RowForm,
    RowFormSet,
)
from partnerships.admin.history import HistoryPages
from partnerships.admin.scoping import Scoped, ScopedInline, viewer_for
from partnerships.models import User
from partnerships.services import details
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import write
from partnerships.textsearch import MAX_LENGTH

REFUSALS = (ValidationError, NotAllowed, ProtectedError, IntegrityError)
#: What Django's filters append to a field's name.
FILTERS_ASK = ("exact", "id__exact", "isnull", "isempty")
FIELDS: dict[Any, Any] = {
    models.JSONField: {"form_class": LinesField},
    models.URLField: {"assume_scheme": "https"},
}


def said(refusal: Exception) -> ValidationError:
    """A refusal as sentences for a form."""
    if isinstance(refusal, ValidationError):
        return refusal
    if isinstance(refusal, ProtectedError):
        rows = ", ".join(counted(refusal.protected_objects))
        return ValidationError(f"Other records refer to this one ({rows}). Change those first.")
    if isinstance(refusal, IntegrityError):
        return ValidationError(
            "Somebody changed the same records at the same moment, so nothing was saved. "
            "Look at the record again and repeat your change."
        )
    return ValidationError(str(refusal))


def counted(rows: Iterable[models.Model]) -> list[str]:
    """How many rows of which kind. Never what they are called: whoever may delete a record may not
    read all that hangs on it."""
    kinds = Counter(type(row) for row in rows)
    return [
        f"{number} {kind._meta.verbose_name if number == 1 else kind._meta.verbose_name_plural}"
        for kind, number in sorted(kinds.items(), key=lambda each: each[0]._meta.label)
    ]


def check_nothing_refers(form: Any) -> None:
    """Refuse to remove a row of a page that others refer to. In the place of Django's check, which
    names those others."""
    if not form.cleaned_data.get(DELETION_FIELD_NAME) or form.instance._state.adding:
        return
    found = NestedObjects(using=router.db_for_write(form._meta.model))
    found.collect([form.instance])
    if found.protected:
        raise said(ProtectedError("", set(found.protected)))


class PlainAutocompletes(admin.options.BaseModelAdmin[Any]):
    """Autocompletes that need no query for a label which is loaded already."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if "widget" not in kwargs and db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = PreloadedAutocomplete(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if "widget" not in kwargs and db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = ManyAutocomplete(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Beside a choice stands the button that adds one; changing and deleting it are not part
        of entering a record."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_change_related = False
            field.widget.can_delete_related = False
            field.widget.can_view_related = False
        return field


class ServiceAdmin(Scoped, PlainAutocompletes, admin.ModelAdmin[Any]):
    """A record's pages. Subclasses name the services that write, settle and remove it."""

    form = RecordForm
    formfield_overrides = FIELDS
    # Nothing is deleted by the dozen: each deletion asks for its reason.
    actions: Any = ()
    delete_confirmation_template = "admin/delete_with_reason.html"
    save_on_top = False
    show_full_result_count = False
    list_per_page = 50

    # What the services do.

    def write(self, obj: Any, *, by: User, reason: str) -> bool:
        """Write the record's own columns; False where nothing changed."""
        return write(obj, by=by, reason=reason)

    def write_rows(self, formset: Any, *, by: User, reason: str) -> bool:
        """Write the rows of one inline; False where nothing changed."""
        rows = formset.save(commit=False)
        return details.apply(written=rows, removed=formset.deleted_objects, by=by, reason=reason)

    def settle(self, obj: Any, *, by: User, reason: str) -> None:
        """What follows once rows that hang on the record have changed."""

    def remove(self, obj: Any, *, by: User, reason: str) -> None:
        """Delete the record, or refuse."""
        details.remove(obj, by=by, reason=reason)

    # How Django's pages come to call them.

    def store(self, obj: Any, *, form: Any, formsets: Iterable[Any], by: User, reason: str) -> None:
        """Everything that one submitted page changes, in one transaction."""
        self.write(obj, by=by, reason=reason)
        changed = [self.write_rows(formset, by=by, reason=reason) for formset in formsets]
        if any(changed):
            self.settle(obj, by=by, reason=reason)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: the rows of the page decide with it what is allowed. See save_related."""

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool
    ) -> None:
        self.store(
            form.instance,
            form=form,
            formsets=formsets,
            by=acting(request),
            reason=form.cleaned_data.get("reason", ""),
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except REFUSALS as refusal:
            # The same page once more, with the refusal as its error and what was typed in it.
            request.refusal = said(refusal)  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """As stated, and why: but only where something can be changed."""
        stated = super().get_fieldsets(request, obj)
        if not self.has_change_permission(request, obj) and obj is not None:
            return stated
        return [*stated, ("For the history", {"fields": ["reason", "seen"]})]

    # Lists.

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Only what the filters beside a list ask.

        Django would take a question about any column: whether a latitude is above a number, or a
        town begins with a letter, until a hidden place is told.
        """
        for item in self.get_list_filter(request):
            if isinstance(item, type):
                if issubclass(item, admin.SimpleListFilter) and lookup == item.parameter_name:
                    return True
            else:
                name = str(item[0] if isinstance(item, (list, tuple)) else item)
                if lookup == name or lookup in {f"{name}__{asks}" for asks in FILTERS_ASK}:
                    return True
        return False

    # Deletion.

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def response_action(
        self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Django takes the keys of the chosen rows as they come."""
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.run_validators(self.opts.pk.to_python(key))
        except ValidationError:
            raise BadRequest("Choose records from the list.") from None
        return super().response_action(request, queryset, *args, **kwargs)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Every word makes the query longer, and a database stops at some length."""
        return super().get_search_results(request, queryset, search_term[:MAX_LENGTH])

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What would go along, and what stands in the way: how many of which kind, never what they
        say. Whether it may go is the service's affair: whoever may delete the record may."""
        found = NestedObjects(using=router.db_for_write(self.model), origin=objs)
        found.collect(objs)
        own = {(type(obj), obj.pk) for obj in objs}
        along = [
            row
            for rows in found.model_objs.values()
            for row in rows
            if (type(row), row.pk) not in own and not row._meta.auto_created
        ]
        named = [f"{capfirst(str(self.opts.verbose_name))}: {obj}" for obj in objs]
        return [*named, counted(along)], {}, set(), counted(found.protected)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(obj, by=acting(request), reason=why(request))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        try:
            with transaction.atomic():
                return super().delete_view(request, object_id, extra_context)
        except REFUSALS as refusal:
            for message in said(refusal).messages:
                self.message_user(request, message, messages.ERROR)
            return HttpResponseRedirect(self.url_of("change", object_id))

    def url_of(self, page: str, *args: Any) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=args)


class RecordAdmin(ServiceAdmin, HistoryPages):  # type: ignore[misc]  # one ships no types
    """A record's pages, with its history."""


class RowInline(ScopedInline, PlainAutocompletes, admin.options.InlineModelAdmin[Any, Any]):
    """Rows on a record's page. They are shown last, so that headings tell what they are."""

    template = "admin/rows.html"
    form = RowForm
    formset = RowFormSet
    formfield_overrides = FIELDS
    extra = 0
    #: No record has so many; a request that claims more is not worth the work.
    max_num = 200
    #: What makes two new rows the same one, when two people add them; all fields, if empty.
    same_by: tuple[str, ...] = ()

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs.setdefault("absolute_max", self.max_num + 100)
        formset: Any = super().get_formset(request, obj, **kwargs)
        # Django would name the rows that stand in the way.
        formset.form.hand_clean_DELETE = check_nothing_refers
        formset.same_by = self.same_by
        formset.told_as = str(self.verbose_name).capitalize()
        return formset


def why(request: HttpRequest) -> str:
    """The reason that was typed on a page without a form class."""
    return request.POST.get("reason", "").replace("\x00", "").strip()[:300]


def acting(request: HttpRequest) -> User:
    """Who does it: pages behind the admin's door always know."""
    return request.user  # type: ignore[return-value]


def tell(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, done: int, what: str
) -> HttpResponse | None:
    """Say how many records an action did something to."""
    if done:
        records = "1 record" if done == 1 else f"{done} records"
        modeladmin.message_user(request, f"{what}: {records}.", messages.SUCCESS)
    return None


__all__ = ["RecordAdmin", "RowInline", "acting", "said", "tell", "viewer_for", "why"]
