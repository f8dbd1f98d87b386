"""The pages that hand a tenure over and cover a vacancy: one form each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from partnerships.models import HealthBoard

FIRST_DAY = "The first day, today unless another one is given."


class TenureForm(forms.Form):
    """Who, from when, and why."""

    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"class": "vTextField"})
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Kept in the history beside your name.",
    )

    def refuse(self, refusal: ValidationError) -> None:
        """Put what the service said at its field, or on top."""
        if not hasattr(refusal, "error_dict"):
            self.add_error(None, refusal)
            return
        for name, errors in refusal.error_dict.items():
            known = name in self.fields or name == NON_FIELD_ERRORS
            self.add_error(name if known else None, ValidationError(errors))


class HandOverForm(TenureForm):
    """The tenure ends for one person and begins for another, without a day between."""

    name = forms.CharField(
        label="Name",
        required=False,
        max_length=150,
        help_text="For a new account.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    on = forms.DateField(
        label="From", widget=AdminDateWidget, initial=timezone.localdate, help_text=FIRST_DAY
    )
    field_order = ["email", "name", "on", "reason"]


class CoverForm(TenureForm):
    """A deputy or somebody of the unit acts as lead for a time."""

    board = forms.ModelChoiceField(HealthBoard.objects.none(), label="Health Board")
    since = forms.DateField(
        label="From", widget=AdminDateWidget, initial=timezone.localdate, help_text=FIRST_DAY
    )
    until = forms.DateField(
        label="Until",
        widget=AdminDateWidget,
        help_text="The first day after it. A deputy is a deputy again from then.",
    )
    field_order = ["board", "email", "since", "until", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        board: Any = self.fields["board"]
        board.queryset = HealthBoard.objects.for_list()
        self.fields["email"].help_text = "A deputy of this Board, or somebody of the unit."


def tenure_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, "admin/tenure.html", context)
