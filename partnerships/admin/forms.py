"""What the admin's forms have in common: why, what was seen, lists as lines, partial dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.utils import pretty_name
from django.forms.widgets import Script
from django.http import QueryDict
from django.utils import timezone

from partnerships.policies.partial_dates import PartialDate, parse, spoken


class LinesField(forms.CharField):
    """A list of words, one on each line: what a JSON list is to people."""

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "cols": 60})
        super().__init__(**kwargs)
        self.help_text = f"{self.help_text} One on each line.".strip()

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.clean(data) != (initial or []))


class PartialDateField(forms.CharField):
    """2008, May 2008 or 14 May 2008. Cleans to a PartialDate, or None where it is empty."""

    def __init__(self, *, end: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", "As much as is known: 2008, May 2008 or 14 May 2008.")
        kwargs.setdefault("widget", forms.TextInput(attrs={"size": 20, "autocomplete": "off"}))
        super().__init__(max_length=30, **kwargs)
        self.end = end

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse(text, end=self.end)
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def plain(self, text: str) -> str:
        """What was typed as a fresh page would show it: 2008-05 and May 2008 are no difference."""
        try:
            found = parse(text, end=self.end)
        except ValueError:
            return text
        return spoken(found.day, found.precision)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.plain(str(initial or "")) != self.plain(str(data or "").strip())


def shown(day: date | None, precision: str) -> str:
    """A stored date as PartialDateField shows it."""
    return spoken(day, precision) if day else ""


class RecordForm(forms.ModelForm[Any]):
    """A record, why it is changed, and which state of it the person looked at."""

    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"size": 80}),
        help_text="Kept in the history beside your name: where you know it from, who asked for it.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    #: What a service said when it refused the last attempt to save this form.
    refusal: ValidationError | None = None

    #: Field → the model's columns that it stands for.
    partial_dates: Mapping[str, tuple[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self._stamp(self.instance)
        for name, (day, precision) in self.partial_dates.items():
            self.initial[name] = shown(
                getattr(self.instance, day), getattr(self.instance, precision)
            )
        preload_labels(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, (day, precision) in self.partial_dates.items():
            if name in self.fields and name not in self.errors:
                value: PartialDate | None = cleaned.get(name)
                setattr(self.instance, day, value.day if value else None)
                setattr(self.instance, precision, value.precision if value else "")
        self._check_nobody_was_faster()
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Columns behind a partial date are validated with the others."""
        columns = {
            column
            for name, pair in self.partial_dates.items()
            if name in self.fields and name not in self.errors
            for column in pair
        }
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions - columns

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.refusal is not None:
            self.add_refusal(self.refusal)

    def add_refusal(self, refusal: ValidationError) -> None:
        """Put what a service said where it belongs: at a field of this form, or on top."""
        if not hasattr(refusal, "error_dict"):
            self.add_error(None, refusal)
            return
        for name, errors in refusal.error_dict.items():
            known = name in self.fields or name == NON_FIELD_ERRORS
            self.add_error(name if known else None, errors)

    def _check_nobody_was_faster(self) -> None:
        """Two people at one record: the second one hears of the first before overwriting."""
        mine = set(self.changed_data) - {"reason", "seen"}
        current = self._stamp(self.instance)
        if not mine or not current or self.cleaned_data.get("seen") in ("", current):
            return
        data = cast(QueryDict, self.data).copy()
        data[self.add_prefix("seen")] = current
        self.data = data
        raise ValidationError(
            "Somebody saved this record after you had opened it. Look at its history in another "
            "window; what you entered is still here. Save again to keep yours."
        )

    @staticmethod
    def _stamp(instance: Any) -> str:
        """Another one after each change: when that was, else the number of its history row."""
        modified = getattr(instance, "modified_at", None)
        if modified is not None:
            return str(timezone.localtime(modified).isoformat())
        rows = getattr(instance, "history", None)
        if rows is None or instance.pk is None:
            return ""
        last = rows.order_by("-history_id").values_list("history_id", flat=True).first()
        return str(last or "")


class Named(AutocompleteMixin):
    """An autocomplete that keeps its name for screen readers."""

    @property
    def media(self) -> forms.Media:
        script = cast(str, Script("js/admin/names.js", type="module"))  # Media takes assets too
        return super().media + forms.Media(js=[script])


class PreloadedAutocomplete(Named, AutocompleteSelect):
    """An autocomplete that knows the label of its choice, so that rows need no query each."""

    labels: Mapping[str, str] = {}

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        chosen = [str(key) for key in value if key]
        if any(key not in self.labels for key in chosen):
            return super().optgroups(name, value, attr)
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        for key in chosen:
            options.append(
                self.create_option(name, key, self.labels[key], {key}, len(options))  # type: ignore[arg-type]
            )
        return [(None, options, 0)]


class ManyAutocomplete(Named, AutocompleteSelectMultiple):
    """Several choices. Without the button that clears all of them: it is no list item, but would
    stand among them."""

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        return super().build_attrs(base_attrs, extra_attrs) | {"data-allow-clear": "false"}


def preload_labels(form: forms.ModelForm[Any]) -> None:
    """Give each autocomplete of a form the label that its instance has loaded already."""
    for name, field in form.fields.items():
        widget = field.widget
        if isinstance(widget, RelatedFieldWidgetWrapper):
            widget = widget.widget
        if isinstance(widget, PreloadedAutocomplete):
            related = form.instance._state.fields_cache.get(name)
            if related is not None:
                widget.labels = {str(related.pk): field.label_from_instance(related)}  # type: ignore[attr-defined]


class RowForm(forms.ModelForm[Any]):
    """A row on a record's page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        preload_labels(self)
        for name, field in self.fields.items():  # a cell has a heading above it, but no label
            label = str(field.label or pretty_name(name))
            field.widget.attrs.setdefault("aria-label", label)
            if isinstance(field.widget, RelatedFieldWidgetWrapper):
                field.widget.widget.attrs.setdefault("aria-label", label)


class RowFormSet(forms.BaseInlineFormSet[Any, Any, Any]):
    """Rows on a record's page."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            what = f"Remove {form.instance}" if form.instance.pk else "Remove this row"
            form.fields["DELETE"].widget.attrs["aria-label"] = what

    def clean(self) -> None:
        """A row that is gone is an error that can be seen: Django shows no form for it."""
        super().clean()
        key = self.model._meta.pk.name  # type: ignore[union-attr]  # a formset class has a model
        if any(key in form.errors for form in self.initial_forms if form not in self.deleted_forms):
            raise ValidationError(
                "Somebody removed one of these rows while you were at it. Those below are left: "
                "look at them, and repeat your change."
            )
