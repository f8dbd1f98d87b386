"""The shapes of proposals: what is sent, what is told of them, and of an old version."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from mapapp.api.schema.parts import Problem, texts, told
from partnerships.choices import SuggestionKind, SuggestionState

_CHANGES = (
    "Fields of a partnership and what each should say, in the shape of the record. Codes may stand "
    "without their label, institutions by id or slug alone. A list stands for the whole list."
)
_ID = "aed5620d-8837-4898-9bb1-b02453ade298"
_MOMENT = "2026-05-01T09:00:00+00:00"
_SOURCE = "https://www.example.org/newsletter"
_CHANGE = {"stage": "paused", "topics": ["surgery"]}
_VERSION = "649ab4d1d6900"


class ProposedChange(s.Serializer[object]):
    partnership = told(
        s.CharField,
        "Id or slug of the record to change; null or left out for a new partnership.",
        "friends-of-chitambo",
        allow_null=True,
        required=False,
    )
    base_version = told(
        s.CharField,
        "The `version` of the record that was read. Needed for a change, and only there.",
        _VERSION,
        allow_null=True,
        required=False,
    )
    changes = told(s.DictField, _CHANGES, _CHANGE)
    why = told(
        s.CharField,
        "For whoever decides: why, and what the source is. At most 2,000 characters.",
        "Our newsletter of May says so.",
        max_length=2000,
    )
    source: Any = told(  # a field of that name, as below; the serializer's own is not used
        s.URLField,
        "The page that says so.",
        _SOURCE,
        max_length=300,
        allow_null=True,
        required=False,
    )


class ProposalState(s.Serializer[object]):
    code = told(s.ChoiceField, "What has become of it.", "waiting", choices=SuggestionState.values)
    label = told(s.CharField, "For people; may change.", "Waiting for a decision")  # type: ignore[assignment]  # a field of that name, not the field's label


class Proposal(s.Serializer[object]):
    id = told(s.UUIDField, "Permanent.", "2d8e0f7e-61a4-4f0c-9d7e-0a6d3b1c5e42")
    url = told(
        s.URLField,
        "Where the same key can follow it.",
        "https://map.example.org/api/v1/proposals/2d8e0f7e-61a4-4f0c-9d7e-0a6d3b1c5e42/",
    )
    kind = told(
        s.ChoiceField, "A change, or a new partnership.", "change", choices=SuggestionKind.values
    )
    state = ProposalState(help_text="What has become of it.")
    partnership = told(
        s.UUIDField,
        "Id of the record; for a new partnership null until it is public.",
        _ID,
        allow_null=True,
    )
    base_version = told(
        s.CharField,
        "The version of the record that was read; null for a new partnership.",
        _VERSION,
        allow_null=True,
    )
    changes = told(s.DictField, "Without what the record says already.", _CHANGE)
    why = told(s.CharField, "As it was sent.", "Our newsletter of May says so.")
    source: Any = told(s.CharField, "As it was sent.", _SOURCE, allow_null=True)
    accepted = texts("Paths of the fields that were taken into the record.", ["stage"])
    answer = told(
        s.CharField, "Words of whoever decided; may be empty.", "Thank you.", allow_blank=True
    )
    created = told(s.DateTimeField, "When it came in.", _MOMENT)
    decided = told(s.DateTimeField, "When it was decided.", _MOMENT, allow_null=True)


class Conflict(Problem):
    version = told(s.CharField, "The version of the record now.", _VERSION)
    changed = texts("Fields that changed since, as well as the history tells.", ["summary"])
    present = told(
        s.DictField, "What the record says now of the fields proposed.", {"stage": "active"}
    )
