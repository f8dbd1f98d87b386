"""Toolkits and guides, for OpenAPI."""

from __future__ import annotations

from rest_framework import serializers as s

from mapapp.api.schema.parts import Coded, Page, told


class ResourcePrinciple(s.Serializer[object]):
    code = told(
        s.CharField,
        "Code of a framework, or `framework.principle`, whatever the version; see frameworks.",
        "thet.strategic",
    )
    label = told(s.CharField, "Its title, for people; may change.", "Strategic")  # type: ignore[assignment]  # a field of that name, not the field's label


class Resource(s.Serializer[object]):
    id = told(s.UUIDField, "Permanent.", "4f92c305-4737-4cd7-9b6d-3738ea605394")
    slug = told(s.CharField, "Its name in addresses; permanent.", "thet-health-check")
    title = told(s.CharField, "What it is called.", "Partnership Health Check")
    publisher = told(s.CharField, "Whose it is.", "Global Health Partnerships (formerly THET)")
    summary = told(
        s.CharField,
        "What it is, in one or two sentences of the register's own.",
        "A form in which partners together score their work against each principle.",
    )
    audience = Coded(help_text="For whom it was written.")
    topics = Coded(many=True, help_text="Topics by label; empty where it is for any.")
    principles = ResourcePrinciple(many=True, help_text="What it helps with, by code.")
    language = Coded(help_text="The language that it is written in, by ISO 639 code.")
    link = told(
        s.URLField, "Where it is, or the page that leads to it.", "https://example.org/health-check"
    )
    published = told(s.IntegerField, "Year of publication, or null.", 2018, allow_null=True)
    last_checked = told(
        s.DateField,
        "The last day on which the link led there, ISO 8601; null if it was not checked yet.",
        "2026-05-03",
        allow_null=True,
    )
    unreachable_since = told(
        s.DateField,
        "Day since which the link has led nowhere, or null while it leads there.",
        None,
        allow_null=True,
    )
    retired = told(
        s.DateField, "Day from which it is not listed any more, or null.", None, allow_null=True
    )
    modified = told(
        s.DateTimeField, "When the record last changed, ISO 8601.", "2026-01-31T09:00:00+00:00"
    )


class ResourcePage(Page):
    results = Resource(many=True, help_text="By title.")
