"""The history of a partnership or an institution: every act, and a button that takes it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst

from partnerships.acts import LISTS, Act, acts_of
from partnerships.admin.history import HistoryPages
from partnerships.models import Funder, Institution, Member, Topic
from partnerships.services.reverting import label_of, revertible, undo

_PER_PAGE = 25
#: Parts of a record, and what their rows name, where they name something.
_PARTS: dict[str, Any] = {
    "members": Institution,
    "topics": Topic,
    "funding": Funder,
    "coordinators": Member,
    "aliases": None,
    "identifiers": None,
    "agreements": None,
}


class ActPages(HistoryPages):
    """The list of acts instead of the list of versions. The pages of single versions stay."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self._current(request, object_id)
        may_change = not self.revert_disabled(request, obj)
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            return self._undo(request, obj)
        acts = acts_of(obj)[::-1]
        page = Paginator(acts, _PER_PAGE).get_page(request.GET.get("p"))
        shown = list(page.object_list)
        words = Words(obj, shown)
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "title": f"History: {obj}",
            "opts": self.opts,
            "object": obj,
            "page": page,
            "rows": [self._row(obj, act, words, may_change) for act in shown],
        }
        return TemplateResponse(request, "admin/acts.html", context)

    def _row(self, obj: Any, act: Act, words: Words, may_change: bool) -> dict[str, Any]:
        changes = [
            (capfirst(label_of(type(obj), name)), *words.both(name, act)) for name in act.changed
        ]
        can_undo = may_change and not act.is_first and bool(revertible(obj, act.changed))
        kind, _, number = act.key.partition("-")
        return {
            "act": act,
            "changes": changes,
            "can_undo": can_undo,
            "version": number if kind == "record" else "",
            "when": f"{timezone.localtime(act.at):%-d %B %Y, %H:%M}",
        }

    def _undo(self, request: HttpRequest, obj: Any) -> HttpResponse:
        from partnerships.admin.records import REFUSALS, acting, said, why

        try:
            changed = undo(
                obj, act=request.POST.get("act", "")[:60], by=acting(request), reason=why(request)
            )
        except REFUSALS as refusal:
            for message in said(refusal).messages:
                self.message_user(request, message, messages.ERROR)
        else:
            told = "Taken back. That is a change too, and can be taken back."
            self.message_user(
                request, told if changed else "The record says that already.", messages.SUCCESS
            )
        return HttpResponseRedirect(request.path)


class Words:
    """What the values of some acts are called, read at once."""

    def __init__(self, obj: Any, acts: list[Act]) -> None:
        self.model = type(obj)
        keys: dict[Any, set[Any]] = {}
        for act in acts:
            for name in act.changed:
                related = self._related(name)
                if related is not None:
                    for state in (act.before or {}, act.after):
                        keys.setdefault(related, set()).update(self._keys(name, state.get(name)))
        self.names = {
            model: {key: str(row) for key, row in model._default_manager.in_bulk(found).items()}
            for model, found in keys.items()
        }

    def _related(self, name: str) -> Any:
        if name in _PARTS:
            return _PARTS[name]
        return self.model._meta.get_field(name).related_model

    def _keys(self, name: str, value: Any) -> set[Any]:
        if name in _PARTS:
            return {row[1 if name == "coordinators" else 0] for row in value or ()}
        if name in LISTS[self.model]:
            return set(value or ())
        return {value} - {None}

    def both(self, name: str, act: Act) -> tuple[list[str], list[str]]:
        """Before and after, each a list of lines; of a list only what differs."""
        before = self._lines(name, (act.before or {}).get(name))
        after = self._lines(name, act.after.get(name))
        if name in LISTS[self.model] or self._is_part(name):
            kept = set(before) & set(after)
            same = [line for line in before if line in kept] == [
                line for line in after if line in kept
            ]
            if same:
                before = [line for line in before if line not in kept]
                after = [line for line in after if line not in kept]
        return before, after

    def _is_part(self, name: str) -> bool:
        return name in _PARTS

    def _lines(self, name: str, value: Any) -> list[str]:
        if value in (None, "", (), []):
            return []
        related = self._related(name)
        if name in LISTS[self.model]:
            return sorted(self.names[related].get(key, f"{key} (gone)") for key in value)
        if self._is_part(name):
            return [self._row(related, row) for row in value]
        if related is not None:
            return [self.names[related].get(value, f"{value} (gone)")]
        field: Any = self.model._meta.get_field(name)
        if isinstance(value, list):
            return [str(part) for part in value]
        return [str(dict(field.flatchoices).get(value, value)) if field.choices else str(value)]

    def _row(self, related: Any, row: tuple[Any, ...]) -> str:
        if related is None:
            return " ".join(str(part) for part in row if part)
        first, *rest = row
        if related is Member:  # of a person only for whom, what about and when: never who
            first, *rest = rest
        name = self.names[related].get(first, f"{first} (gone)")
        if related is Topic:
            return f"{name} (primary)" if rest[0] else name
        if related is Funder:
            scheme, *years, band = rest
            return ", ".join(filter(None, [name, scheme, _years(*years), band.replace("_", " ")]))
        role, since, until = rest
        return ", ".join(filter(None, [f"{name}: {role.replace('_', ' ')}", _years(since, until)]))


def _years(since: Any, until: Any) -> str:
    return f"{since or ''}–{until or ''}" if since or until else ""
