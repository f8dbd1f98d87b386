"""What the form of a record's page holds, input by input, as a browser would send it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.http import HttpRequest, QueryDict

from partnerships.policies.merging import Value

#: Field → what it holds.
Entries = dict[str, Value]
#: Inputs of every form that are no part of the record.
NOT_THE_RECORD = frozenset({"reason", "seen", "DELETE"})


def blank_page(modeladmin: Any, request: HttpRequest, obj: Any) -> tuple[Any, list[Any]]:
    """The form and the rows' formsets of a record as a fresh page would show them."""
    fields = flatten_fieldsets(modeladmin.get_fieldsets(request, obj))
    form = modeladmin.get_form(request, obj, change=True, fields=fields)(instance=obj)
    formsets = []
    for formset, inline in modeladmin.get_formsets_with_inlines(request, obj):
        if inline.has_change_permission(request, obj):
            rows = inline.get_queryset(request)
            formsets.append(
                formset(instance=obj, prefix=formset.get_default_prefix(), queryset=rows)
            )
    return form, formsets


def names_of(form: Any, formset: Any = None) -> list[str]:
    """The fields of a form, or of a row's form, that belong to the record."""
    left_out = set(NOT_THE_RECORD)
    if formset is not None:
        left_out |= {formset.model._meta.pk.name, formset.fk.name}
    return [
        name for name, field in form.fields.items() if name not in left_out and not field.disabled
    ]


def held(form: Any, names: list[str]) -> Entries:
    """What a form that nobody has sent yet holds."""
    return {name: _rendered(form[name]) for name in names}


def rows_of(formset: Any) -> dict[str, Entries]:
    """The stored rows of a formset that nobody has sent yet, by their keys."""
    return {
        str(form.instance.pk): held(form, names_of(form, formset)) for form in formset.initial_forms
    }


def sent(form: Any, names: list[str], data: QueryDict, prefix: str = "") -> Entries:
    """What was sent for a form; inputs that were not sent are left out."""
    entries = {name: _posted(form[name], data, prefix) for name in names}
    return {name: value for name, value in entries.items() if value is not None}


def put(form: Any, entries: Mapping[str, Value], data: QueryDict, prefix: str = "") -> None:
    """Write entries into what was sent, as if they had been typed."""
    for name, value in entries.items():
        key = f"{prefix}-{name}" if prefix else form[name].html_name
        data.setlist(key, list(value))


def sent_rows(formset: Any, data: QueryDict) -> Iterator[tuple[str, Entries, bool]] | None:
    """Each row that was sent: its key or nothing, what it holds, whether it shall go.

    None where the numbers of rows are no numbers, which Django says itself.
    """
    total = data.get(f"{formset.prefix}-TOTAL_FORMS", "")
    if not (total.isascii() and total.isdigit()) or len(total) > 4:
        return None
    if int(total) > formset.absolute_max:
        return None
    return _each_row(formset, data, int(total))


def _each_row(formset: Any, data: QueryDict, total: int) -> Iterator[tuple[str, Entries, bool]]:
    blank = formset.empty_form
    names = names_of(blank, formset)
    for number in range(total):
        prefix = f"{formset.prefix}-{number}"
        key = data.get(f"{prefix}-{formset.model._meta.pk.name}", "")
        yield key, sent(blank, names, data, prefix), bool(data.get(f"{prefix}-DELETE"))


def words(field: Any, value: Value | None) -> str:
    """A value as a person reads it."""
    shown = [part for part in value or () if part]
    if isinstance(_widget(field), forms.CheckboxInput):
        return "Yes" if shown else "No"
    if not shown:
        return ""
    if isinstance(field, forms.ModelChoiceField):
        return ", ".join(_labels(field, shown))
    if hasattr(field, "choices"):
        labels = _flat(field.choices)
        return ", ".join(labels.get(part, part) for part in shown)
    return "\n".join(shown)


def _labels(field: Any, keys: list[str]) -> list[str]:
    numbers = [key for key in keys if len(key) < 19]
    try:
        found = {
            str(row.pk): field.label_from_instance(row)
            for row in field.queryset.filter(pk__in=numbers)
        }
    except (ValueError, TypeError):
        return keys
    return [found.get(key, key) for key in keys]


def _flat(choices: Any) -> dict[str, str]:
    flat: dict[str, str] = {}
    for value, label in choices:
        group = label if isinstance(label, (list, tuple)) else [(value, label)]
        flat |= {str(key): str(text) for key, text in group}
    return flat


def _widget(field: Any) -> Any:
    widget = field.widget
    return widget.widget if isinstance(widget, RelatedFieldWidgetWrapper) else widget


def _rendered(bound: Any) -> Value:
    widget, value = _widget(bound.field), bound.value()
    if isinstance(widget, forms.CheckboxInput):
        return ("on",) if value else ()
    text = widget.format_value(value)
    if isinstance(widget, forms.widgets.ChoiceWidget):
        return tuple(sorted(text))
    return (_plain(text),)


def _posted(bound: Any, data: QueryDict, prefix: str) -> Value | None:
    key = f"{prefix}-{bound.name}" if prefix else bound.html_name
    widget = _widget(bound.field)
    if isinstance(widget, forms.CheckboxInput):
        return ("on",) if data.get(key) else ()
    if getattr(widget, "allow_multiple_selected", False):
        return tuple(sorted(data.getlist(key)))
    if key not in data:
        return None
    text = _plain(data[key])
    same_as = getattr(bound.field, "plain", None)
    return (same_as(text) if same_as else text,)


def _plain(text: Any) -> str:
    return str("" if text is None else text).replace("\r\n", "\n").strip()
