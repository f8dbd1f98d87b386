"""What the API says of itself: the shapes of its answers, for OpenAPI. Nothing runs through it."""

from __future__ import annotations

from rest_framework import serializers as s


class Problem(s.Serializer[object]):
    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField(help_text="What to do.")
    errors = s.DictField(child=s.ListField(child=s.CharField()), help_text="By parameter.")  # type: ignore[assignment]  # the serializer's own errors are not used


class Addresses(s.Serializer[object]):
    partnerships = s.URLField()
    institutions = s.URLField()
    countries = s.URLField()
    health_boards = s.URLField()
    vocabularies = s.URLField()
    frameworks = s.URLField()
    facets = s.URLField()
    bulk = s.URLField()
    schema = s.URLField()
    docs = s.URLField()


class Coded(s.Serializer[object]):
    code = s.CharField()
    label = s.CharField()  # type: ignore[assignment]  # a field of that name, not the field's label


class TopicOf(Coded):
    primary = s.BooleanField()


class PartialDate(s.Serializer[object]):
    value = s.CharField(help_text="ISO 8601, as long as it is known: 2008, 2008-05, 2008-05-03.")
    precision = s.ChoiceField(["year", "month", "day"])


class Reference(s.Serializer[object]):
    slug = s.CharField()
    name = s.CharField()


class MemberInstitution(s.Serializer[object]):
    id = s.UUIDField()
    slug = s.CharField()
    name = s.CharField()
    kind = s.CharField()
    country = s.CharField(help_text="ISO 3166-1 alpha-2.")


class Member(s.Serializer[object]):
    side = s.ChoiceField(["uk", "partner"])
    role = s.CharField()
    since = s.IntegerField(allow_null=True, help_text="Year.")
    until = s.IntegerField(allow_null=True, help_text="Year.")
    institution = MemberInstitution()


class Location(s.Serializer[object]):
    institution = s.CharField(help_text="Slug of the member.")
    latitude = s.FloatField(help_text="Degrees WGS 84, coarsened where the record asks for it.")
    longitude = s.FloatField(help_text="Degrees WGS 84, coarsened where the record asks for it.")
    precision = s.ChoiceField(["site", "city", "district"])


class Sides(s.Serializer[object]):
    uk = s.CharField(allow_null=True)
    partner = s.CharField(allow_null=True)


class Partnership(s.Serializer[object]):
    id = s.UUIDField(help_text="Permanent.")
    slug = s.CharField(help_text="May change; the old one redirects for ever.")
    url = s.URLField()
    name = s.CharField()
    other_names = s.ListField(child=s.CharField())
    summary = s.CharField()
    goals = s.CharField()
    learning = Sides(help_text="What each side learns, in its own words.")
    project_origin = s.CharField()
    evidence_of_need = s.CharField()
    kind = Coded()
    stage = Coded(help_text="Is the partnership alive?")
    stage_reason = s.CharField()
    moderation = s.CharField(help_text="`listed` is public; others are shown to their people only.")
    began = PartialDate(allow_null=True)
    ended = PartialDate(allow_null=True)
    health_board = Reference(allow_null=True, help_text="The Board that owns the record.")
    members = Member(many=True)
    countries = s.ListField(child=s.CharField(), help_text="Of members, and declared; ISO codes.")
    topics = TopicOf(many=True)
    activities = Coded(many=True)
    professions = Coded(many=True)
    professions_wanted = Coded(many=True)
    funders = Coded(many=True)
    sdgs = s.ListField(child=s.IntegerField())
    languages = s.ListField(child=s.CharField())
    delivery = Coded(allow_null=True)
    direction = Coded(allow_null=True)
    locations = Location(many=True)
    confirmed = Sides(help_text="Day on which each side last said that the record is right.")
    website = s.CharField()
    source_url = s.CharField()
    source_note = s.CharField()
    gap_note = s.CharField(help_text="Why it names fewer than two members or countries.")
    created = s.DateTimeField()
    modified = s.DateTimeField()
    version = s.CharField(help_text="Another one after each change: the base of a proposal.")


class Alias(s.Serializer[object]):
    name = s.CharField()
    kind = s.CharField()


class Identifier(s.Serializer[object]):
    scheme = s.CharField()
    value = s.CharField()


class Place(s.Serializer[object]):
    latitude = s.FloatField()
    longitude = s.FloatField()
    precision = s.CharField()


class Succession(s.Serializer[object]):
    kind = s.CharField()
    on = s.DateField(allow_null=True)
    successor = Reference(allow_null=True)


class Institution(s.Serializer[object]):
    id = s.UUIDField(help_text="Permanent.")
    slug = s.CharField()
    url = s.URLField()
    name = s.CharField()
    local_name = s.CharField()
    aliases = Alias(many=True)
    identifiers = Identifier(many=True)
    kind = Coded()
    country = s.CharField()
    nation = s.CharField(allow_null=True)
    side = s.ChoiceField(["uk", "partner"])
    parent = Reference(allow_null=True)
    city = s.CharField()
    location = Place(allow_null=True)
    website = s.CharField()
    source_url = s.CharField()
    succession = Succession(allow_null=True)
    modified = s.DateTimeField()


class Country(s.Serializer[object]):
    code = s.CharField()
    alpha3 = s.CharField()
    numeric = s.CharField()
    url = s.URLField()
    name = s.CharField()
    un_name = s.CharField()
    region = s.CharField(allow_null=True)
    income = s.CharField(allow_null=True)
    income_year = s.CharField(allow_null=True)
    is_least_developed = s.BooleanField()
    is_on_safeguards_list = s.BooleanField()
    is_partner_country = s.BooleanField()


class HealthBoard(s.Serializer[object]):
    slug = s.CharField()
    url = s.URLField()
    name = s.CharField()
    code = s.CharField(allow_null=True, help_text="GSS code; special Boards have none.")
    is_territorial = s.BooleanField()


class Term(Coded):
    description = s.CharField()
    retired = s.DateField(allow_null=True)


class Goal(s.Serializer[object]):
    code = s.IntegerField()
    label = s.CharField()  # type: ignore[assignment]  # a field of that name, not the field's label


class Vocabularies(s.Serializer[object]):
    kinds = Coded(many=True)
    stages = Coded(many=True)
    member_roles = Coded(many=True)
    institution_kinds = Coded(many=True)
    deliveries = Coded(many=True)
    directions = Coded(many=True)
    topics = Term(many=True)
    activities = Term(many=True)
    professions = Term(many=True)
    funders = Term(many=True)
    sdgs = Goal(many=True)


class Hallmark(s.Serializer[object]):
    code = s.CharField()
    number = s.IntegerField()
    text = s.CharField()


class Principle(s.Serializer[object]):
    code = s.CharField()
    number = s.IntegerField()
    title = s.CharField()
    description = s.CharField()
    hallmarks = Hallmark(many=True)


class Framework(s.Serializer[object]):
    code = s.CharField()
    version = s.CharField()
    title = s.CharField()
    shape = s.ChoiceField(["principles", "steps"])
    source_name = s.CharField()
    source_url = s.URLField()
    wording_note = s.CharField()
    principles = Principle(many=True)


class FacetOption(s.Serializer[object]):
    value = s.CharField()
    label = s.CharField()  # type: ignore[assignment]  # a field of that name, not the field's label
    count = s.IntegerField()
    selected = s.BooleanField()


class Facet(s.Serializer[object]):
    parameter = s.CharField()
    heading = s.CharField()
    options = FacetOption(many=True)


class Facets(s.Serializer[object]):
    count = s.IntegerField()
    facets = Facet(many=True)


class Page(s.Serializer[object]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)


class PartnershipPage(Page):
    results = Partnership(many=True)


class InstitutionPage(Page):
    results = Institution(many=True)


class CountryPage(Page):
    results = Country(many=True)


class HealthBoardPage(Page):
    results = HealthBoard(many=True)


class FrameworkPage(Page):
    results = Framework(many=True)
