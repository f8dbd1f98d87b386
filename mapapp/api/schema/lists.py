"""Vocabularies, topics, frameworks and figures, for OpenAPI."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s

from mapapp.api.schema.institutions import SITE
from mapapp.api.schema.parts import About, Coded, Counted, Page, texts, told


class Term(Coded):
    description = told(s.CharField, "What it means; or empty.", "Operations and anaesthesia.")
    retired = told(
        s.DateField,
        "Day from which it is not given any more, or null; old records keep it.",
        "2025-04-01",
        allow_null=True,
    )


class Goal(s.Serializer[object]):
    code = told(s.IntegerField, "Number of the goal, 1 to 17.", 3)
    label = told(s.CharField, "Its title.", "Good health and well-being")  # type: ignore[assignment]  # a field of that name, not the field's label


class Vocabularies(s.Serializer[object]):
    kinds = Coded(many=True, help_text="Kinds of partnership.")
    stages = Coded(many=True, help_text="Is a partnership alive?")
    member_roles = Coded(many=True, help_text="What a member does.")
    institution_kinds = Coded(many=True, help_text="Kinds of institution.")
    deliveries = Coded(many=True, help_text="Remote, in person or both.")
    directions = Coded(many=True, help_text="Which way people and knowledge travel.")
    topics = Term(many=True, help_text="What partnerships are about.")
    activities = Term(many=True, help_text="What happens in them.")
    professions = Term(many=True, help_text="Who takes part.")
    funders = Term(many=True, help_text="Who pays.")
    sdgs = Goal(many=True, help_text="Sustainable Development Goals.")
    sides = Coded(many=True, help_text="The two ends of a partnership.")
    nations = Coded(many=True, help_text="Nations of the United Kingdom.")
    regions = Coded(many=True, help_text="Regions of the World Health Organization.")
    income_groups = Coded(many=True, help_text="Income groups of the World Bank.")
    freshness = Coded(many=True, help_text="How recently a record was confirmed.")
    moderation_states = Coded(many=True, help_text="Who may see a record.")
    date_precisions = Coded(many=True, help_text="How much of a date is known.")
    place_precisions = Coded(many=True, help_text="How exact a place is.")
    alias_kinds = Coded(many=True, help_text="Kinds of other names.")
    succession_kinds = Coded(many=True, help_text="What became of an institution.")
    funding_bands = Coded(many=True, help_text="Pounds sterling over the whole grant.")
    framework_shapes = Coded(many=True, help_text="Principles, or steps of a cycle.")
    resource_audiences = Coded(many=True, help_text="For whom toolkits and guides are.")
    resource_languages = Coded(many=True, help_text="What they are written in.")


@extend_schema_field({"type": ["string", "integer"]})
class CodeField(s.CharField):
    """Text, but a number for the Sustainable Development Goals."""


class VocabularyTerm(s.Serializer[object]):
    code = told(CodeField, "Stable. Text, but a number for goals.", "surgery")
    label = told(s.CharField, "For people; may change.", "Surgery")  # type: ignore[assignment]  # a field of that name, not the field's label
    description = told(s.CharField, "What it means; or empty.", "Operations and anaesthesia.")
    retired = told(
        s.DateField, "Day from which it is not given any more, or null.", None, allow_null=True
    )
    partnerships = told(
        s.IntegerField,
        "How many public partnerships have it; null where none can be asked for by it.",
        12,
        allow_null=True,
    )


class VocabularyPage(Page):
    results = VocabularyTerm(many=True, help_text="In their order.")


class Topic(Counted):
    url = told(s.URLField, "Its page, for people.", f"{SITE}/topics/surgery/")
    description = told(s.CharField, "What it means; or empty.", "Operations and anaesthesia.")


class TopicPage(Page):
    results = Topic(many=True, help_text="Topics of public partnerships, by label.")


class TopicDetail(Topic, About):
    topics = Counted(many=True, help_text="The ten topics that most often go with it.")
    countries = Counted(many=True, help_text="The ten countries with most of it.")
    boards = Counted(many=True, help_text="The ten Health Boards with most of it.")


class Hallmark(s.Serializer[object]):
    code = told(s.CharField, "Stable within its principle.", "shared_goals")
    number = told(s.IntegerField, "Its place in the order, from 1.", 1)
    text = told(s.CharField, "How the principle shows in practice.", "Goals are set together.")


class Principle(s.Serializer[object]):
    code = told(s.CharField, "Stable within its framework.", "equity")
    number = told(s.IntegerField, "Its place in the order, from 1.", 1)
    title = told(s.CharField, "Its title.", "Equity")
    description = told(s.CharField, "What it asks; or empty.", "Both sides decide.")
    hallmarks = Hallmark(many=True, help_text="Signs by which it shows, in order.")


class Framework(s.Serializer[object]):
    code = told(s.CharField, "The same for every version.", "thet_principles")
    version = told(s.CharField, "Which wording.", "2025")
    title = told(s.CharField, "Its title.", "Principles of partnership")
    shape = told(s.ChoiceField, "Code.", "principles", choices=["principles", "steps"])
    shape_label = told(s.CharField, "The shape, for people.", "Principles with hallmarks")
    source_name = told(s.CharField, "Whose it is.", "THET")
    source_url = told(s.URLField, "Where to read the original.", "https://example.org/principles")
    wording_note = told(s.CharField, "Whose words these are.", "Titles are facts.")
    principles = Principle(many=True, help_text="In order.")


class FrameworkPage(Page):
    results = Framework(many=True, help_text="By code, then version.")


class FrameworkVersions(s.Serializer[object]):
    code = told(s.CharField, "Of the framework.", "thet_principles")
    versions = Framework(many=True, help_text="Each published version, by version.")


class FacetOption(s.Serializer[object]):
    value = told(s.CharField, "What to ask for.", "MW")
    label = told(s.CharField, "For people.", "Malawi")  # type: ignore[assignment]  # a field of that name, not the field's label
    count = told(s.IntegerField, "How many results it would give.", 41)
    selected = told(s.BooleanField, "Whether the question names it.", False)


class Facet(s.Serializer[object]):
    parameter = told(s.CharField, "The parameter that takes these values.", "country")
    heading = told(s.CharField, "What stands above them on pages.", "Country")
    options = FacetOption(many=True, help_text="Most results first; closed lists in their order.")


class Facets(s.Serializer[object]):
    count = told(s.IntegerField, "How many results the question has.", 41)
    facets = Facet(many=True, help_text="In the order of pages.")


class Figure(s.Serializer[object]):
    value = told(s.CharField, "Code, slug, or the first year of a decade.", "MW")
    label = told(s.CharField, "For people.", "Malawi")  # type: ignore[assignment]  # a field of that name, not the field's label
    count = told(s.IntegerField, "How many partnerships.", 41)
    parameters = told(
        s.DictField,
        "Parameter → value that, added to the question, finds exactly these.",
        {"country": "MW"},
        child=s.CharField(),
    )
    url = told(s.URLField, "That question to the API.", f"{SITE}/api/v1/partnerships/?country=MW")


class Chart(s.Serializer[object]):
    name = told(s.CharField, "The facet, or `began` for decades.", "country")
    heading = told(s.CharField, "What stands above it on the page.", "Partner country")
    values = Figure(many=True, help_text="Values with results; the UK is left out of countries.")
    absent = texts("Labels of values without results, where the list is short.", ["Paused"])
    unknown = told(s.IntegerField, "How many partnerships have no value.", 2)
    unknown_label = told(s.CharField, "What that means; or empty.", "No topic named")


class Statistics(s.Serializer[object]):
    count = told(s.IntegerField, "How many partnerships the question finds.", 146)
    charts = Chart(many=True, help_text="In the order of the statistics page.")


class Addresses(s.Serializer[object]):
    """Name → address of everything that is not one record."""

    def get_fields(self) -> dict[str, Any]:
        from mapapp.api.index import ADDRESSES

        return {
            name: told(s.URLField, f"Where {name} are.", f"{SITE}/api/v1/{name}/")
            for name in ADDRESSES
        }
