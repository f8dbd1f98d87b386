"""Who may see and change what in the admin: every door asks the same predicates.

A champion enters through a tenure, the unit and auditors through their role, on each request.
Django's own permission tables are not read: a row there would say nothing of Boards.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from partnerships.models import User, role_of, viewer_of
from partnerships.policies.permissions import Viewer, needs_second_factor
from partnerships.services.signing_in import has_second_factor


def viewer_for(request: HttpRequest) -> Viewer:
    """The person behind a request, today; asked of the database once."""
    viewer: Viewer | None = getattr(request, "registry_viewer", None)
    if viewer is None:
        viewer = viewer_of(request.user, on=timezone.localdate())
        request.registry_viewer = viewer  # type: ignore[attr-defined]
    return viewer


def may_enter(viewer: Viewer) -> bool:
    """The admin is for champions in office, the unit, auditors and superusers."""
    return viewer.sees_everything or bool(viewer.boards)


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether somebody needs a second factor and has none set up."""
    role = role_of(request.user, on=timezone.localdate())
    return needs_second_factor(role) and not has_second_factor(cast(User, request.user))


class Scoped(admin.options.BaseModelAdmin[Any]):
    """Permission by predicates. Stands left of every other base of a ModelAdmin.

    Unless a subclass says otherwise, the unit changes the records and auditors read them.
    """

    #: Whether champions find these records in the index of the admin.
    for_champions = False

    def may_see(self, viewer: Viewer, obj: Any = None) -> bool:
        """Without an object: whether any such record may be seen."""
        return viewer.sees_everything

    def may_add(self, viewer: Viewer) -> bool:
        return viewer.edits_everything

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        return viewer.edits_everything

    def may_delete(self, viewer: Viewer, obj: Any = None) -> bool:
        return self.may_change(viewer, obj)

    def may_see_history(self, viewer: Viewer, obj: Any) -> bool:
        """A history also holds what a record said before it was public."""
        return self.may_change(viewer, obj) or viewer.sees_everything

    def visible(self, rows: Any, viewer: Viewer) -> Any:
        """The records that a viewer may see, as `may_see` says of each."""
        return rows if self.may_see(viewer) else rows.none()

    def choosable(self, rows: Any, viewer: Viewer) -> Any:
        """The records that a viewer may choose in a form."""
        return self.visible(rows, viewer)

    def label_of(self, obj: Any) -> str:
        """How a choice reads in a form; names alone may not tell two records apart."""
        return str(obj)

    # The doors. Django asks these for pages, lists, autocompletes, actions and inlines.

    def has_module_permission(self, request: HttpRequest) -> bool:
        viewer = viewer_for(request)
        return may_enter(viewer) and (self.for_champions or viewer.sees_everything)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_enter(viewer_for(request)) and self.may_see(viewer_for(request), obj)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.may_add(viewer_for(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change(viewer_for(request), obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete(viewer_for(request), obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        return self.visible(super().get_queryset(request), viewer_for(request))

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        chooser = self._chooser_of(db_field)
        if "queryset" not in kwargs:
            kwargs["queryset"] = chooser.choices_for(request)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            field.label_from_instance = chooser.label_of  # type: ignore[method-assign]
        return field

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if "queryset" not in kwargs:
            kwargs["queryset"] = self._chooser_of(db_field).choices_for(request)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def choices_for(self, request: HttpRequest) -> Any:
        """What a form offers of these records."""
        return self.choosable(self.get_queryset(request), viewer_for(request))

    def _chooser_of(self, db_field: Any) -> Scoped:
        """The admin of the related records; a test sees to it that every one has a scope."""
        return cast(Scoped, self.admin_site.get_model_admin(db_field.remote_field.model))


class ReadOnly(Scoped):
    """Records that services write and people only read."""

    def may_add(self, viewer: Viewer) -> bool:
        return False

    def may_change(self, viewer: Viewer, obj: Any = None) -> bool:
        return False


class ScopedInline(Scoped):
    """Rows on a record's page: whoever may change the record may change them."""

    def _parent(self) -> Scoped:
        parent = self.admin_site.get_model_admin(self.parent_model)  # type: ignore[attr-defined]
        return cast(Scoped, parent)

    def get_queryset(self, request: HttpRequest) -> Any:
        return admin.options.BaseModelAdmin.get_queryset(self, request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._parent().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_change_permission(request, *args)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or obj._state.adding:
            return self._parent().has_add_permission(request)
        return self._parent().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class ReadOnlyInline(ScopedInline):
    """Rows on a record's page that services write and people only read."""

    template = "admin/rows.html"
    can_delete = False
    extra = 0

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
