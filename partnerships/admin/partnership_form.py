"""The form of a partnership in the admin: its sections, and what it says to who fills it in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from partnerships.admin.forms import PartialDateField, RecordForm
from partnerships.admin.sections import Section

WORDS, PLACES, RECORD = "In the partners’ words", "Care with its places", "This record"

SECTIONS = [
    Section(
        "what",
        "What and where",
        "A name and a sentence are enough to begin with. Everything else can follow.",
        ("what",),
    ),
    Section(
        "who",
        "Who at both ends",
        "At least one institution here and one in another country. Coordinators have pages of "
        "their own, which open from the row of their institution once the record is saved.",
        ("members", "who"),
    ),
    Section("alive", "Is it alive?", "As well as you know. “Not known” is an answer.", ("alive",)),
    Section(
        "does",
        "What it does",
        "Tick what happens, not what was once planned.",
        ("topic_links", "does", WORDS),
    ),
    Section(
        "help",
        "What others could contribute",
        "Colleagues look here for where they could help.",
        ("help",),
    ),
    Section(
        "money",
        "Money and agreements",
        "Who pays, in bands and never in sums, and what was signed. We remind you before an "
        "agreement ends.",
        ("funding", "agreements"),
    ),
    Section(
        "sources",
        "Sources",
        "Where somebody else can check what stands above.",
        ("sources",),
    ),
    Section(
        "publishing",
        "Publishing",
        "",
        ("publishing", PLACES, RECORD, "confirmations", "decisions", "For the history"),
    ),
]

FIELDSETS: Any = [
    ("what", {"fields": ["name", "kind", "summary", "health_board", "other_names"]}),
    ("who", {"fields": ["declared_countries", "gap_note"]}),
    ("alive", {"fields": ["stage", "stage_reason", ("began", "ended")]}),
    (
        "does",
        {
            "fields": [
                "activities",
                "professions",
                ("delivery", "direction"),
                "languages",
                "sdgs",
                "twinning",
            ]
        },
    ),
    (
        WORDS,
        {
            "classes": ["collapse"],
            "fields": [
                "goals",
                "uk_learning",
                "partner_learning",
                "project_origin",
                "evidence_of_need",
            ],
        },
    ),
    ("help", {"fields": ["professions_wanted"]}),
    ("sources", {"fields": ["website", "source_url", "source_note"]}),
    ("publishing", {"fields": ["slug"]}),
    (PLACES, {"classes": ["collapse"], "fields": ["location_level", "is_sensitive"]}),
    (
        RECORD,
        {
            "classes": ["collapse"],
            "fields": [
                "moderation",
                ("uk_confirmed_on", "partner_confirmed_on"),
                ("created_by", "created_at", "modified_at"),
                "public_id",
                "former_addresses",
            ],
        },
    ),
]

LABELS = {
    "slug": "Address on this site",
    "declared_countries": "Other countries",
    "sdgs": "Development goals",
    "source_url": "Page that says so",
    "source_note": "How good is the source?",
}

HELP = {
    "name": "The name that both ends use for it.",
    "kind": "If you are not sure, choose the one that its members would say.",
    "summary": "A sentence or two for somebody who has never heard of it: who does what with whom. "
    "At most 300 characters, no names of people.",
    "health_board": "Its champions keep the record, and are asked once a year whether it is right. "
    "Without one the coordination unit does.",
    "other_names": "Former names, acronyms, names in other languages: people search for those too.",
    "declared_countries": "Countries where it works and you know no institution yet. One with an "
    "institution above needs no mention here.",
    "gap_note": "Only for a record with fewer than two institutions or two countries: why. The "
    "public reads it.",
    "stage": "Does anything happen between the two ends now? Paused means that both mean to go on.",
    "stage_reason": "Only if it is paused, closing or ended, in a few words. The public reads it.",
    "activities": "All that apply. Nothing fits? Describe it in the summary and tell the unit.",
    "professions": "Who takes part today, at either end.",
    "languages": "The languages in which the two ends work together, separated by commas.",
    "delivery": "Do people travel, or meet on screens?",
    "direction": "Who goes to whom.",
    "sdgs": "Goal 3 is understood. Tick others only where the partnership says so itself.",
    "professions_wanted": "Whom the partnership looks for now. Leave it empty if nobody is needed: "
    "colleagues will ask.",
    "website": "The partnership's own page, if it has one.",
    "source_url": "The page on which the record rests. A report or news page will do.",
    "source_note": "What the page supports, and what is weak. The public reads it.",
    "slug": "Made from the name. If you change it, the old one keeps leading here.",
    "location_level": "Choose a coarser one where an exact point would be unwise.",
}


class PartnershipForm(RecordForm):
    began = PartialDateField(label="Began")
    ended = PartialDateField(label="Ended", end=True)
    partial_dates = {
        "began": ("began_on", "began_precision"),
        "ended": ("ended_on", "ended_precision"),
    }

    class Meta:
        labels = LABELS
        help_texts = HELP
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
