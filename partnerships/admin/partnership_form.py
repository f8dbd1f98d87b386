"""The form of a partnership in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from partnerships.admin.forms import PartialDateField, RecordForm


class PartnershipForm(RecordForm):
    began = PartialDateField(label="Began")
    ended = PartialDateField(label="Ended", end=True)
    partial_dates = {
        "began": ("began_on", "began_precision"),
        "ended": ("ended_on", "ended_precision"),
    }

    class Meta:
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 3, "cols": 80}),
            "activities": forms.CheckboxSelectMultiple,
            "sdgs": forms.CheckboxSelectMultiple,
            **{
                name: forms.Textarea(attrs={"rows": 4, "cols": 80})
                for name in (
                    "goals",
                    "uk_learning",
                    "partner_learning",
                    "project_origin",
                    "evidence_of_need",
                    "source_note",
                )
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "activities" in self.fields:
            offered = Q(retired_on__isnull=True)
            if self.instance.pk:
                offered |= Q(partnerships=self.instance.pk)
            choices: Any = self.fields["activities"]
            choices.queryset = choices.queryset.filter(offered).distinct()
