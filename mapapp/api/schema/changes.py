"""Changes to follow, and how a removed record says so."""

from __future__ import annotations

from rest_framework import serializers as s

from mapapp.api.schema.institutions import SITE
from mapapp.api.schema.parts import Problem, told
from partnerships.choices import RecordType, Removal


class Removed(Problem):
    removed_at = told(s.DateTimeField, "Since when it is not public.", "2026-01-31T09:00:00+00:00")
    why = told(
        s.ChoiceField,
        "`withdrawn`: no longer listed; `merged` into another that is gone too; `deleted`.",
        "withdrawn",
        choices=Removal.values,
    )


class Change(s.Serializer[object]):
    kind = told(
        s.ChoiceField,
        "Seen from the token that the walk began with. Created and changed: take the record as it "
        "is now. Removed: drop it, whether or not you have it.",
        "changed",
        choices=["created", "changed", "removed"],
    )
    type = told(s.ChoiceField, "What it is.", "partnership", choices=RecordType.values)
    id = told(s.UUIDField, "Permanent id.", "aed5620d-8837-4898-9bb1-b02453ade298")
    slug = told(s.CharField, "Its slug; of a removed one, its last in public.", "nhs-borders")
    at = told(s.DateTimeField, "When the change got its place here.", "2026-01-31T09:00:00+00:00")
    url = told(
        s.URLField,
        "The record in this API, by its id.",
        f"{SITE}/api/v1/partnerships/aed5620d-8837-4898-9bb1-b02453ade298/",
    )
    why = told(
        s.ChoiceField,
        "Why it was removed; null unless it was.",
        "withdrawn",
        choices=Removal.values,
        allow_null=True,
    )
    successor = told(
        s.UUIDField,
        "Id of the institution that a removed one was merged into, or null.",
        "4f92c305-4737-4cd7-9b6d-3738ea605394",
        allow_null=True,
    )
    record = told(
        s.DictField,
        "Only with `expand=record`: the record as it is now, or null if it is not public now.",
        {},
        required=False,
        allow_null=True,
    )


class ChangePage(s.Serializer[object]):
    next = told(
        s.URLField,
        "Where more is; null at the end.",
        f"{SITE}/api/v1/changes/?since=WzAsMjAwLCI3Y2Y1Il0",
        allow_null=True,
    )
    resume = told(
        s.CharField, "Keep this: the `since` to ask with next time.", "WzAsMjAwLCI3Y2Y1Il0"
    )
    results = Change(many=True, help_text="In order: what changed last comes last.")
