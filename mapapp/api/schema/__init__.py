"""What the API says of itself: the shapes of its answers, for OpenAPI and for `fields`. No answer
runs through it; tests compare the two."""

from __future__ import annotations

from mapapp.api.schema.changes import Change, ChangePage, Removed
from mapapp.api.schema.institutions import (
    Country,
    CountryDetail,
    CountryPage,
    HealthBoard,
    HealthBoardDetail,
    HealthBoardPage,
    Institution,
    InstitutionDetail,
    InstitutionPage,
)
from mapapp.api.schema.lists import (
    Addresses,
    Facets,
    FrameworkPage,
    FrameworkVersions,
    Statistics,
    Topic,
    TopicDetail,
    TopicPage,
    Vocabularies,
    VocabularyPage,
)
from mapapp.api.schema.partnerships import (
    History,
    Partnership,
    PartnershipDetail,
    PartnershipPage,
)
from mapapp.api.schema.parts import Problem
from mapapp.api.schema.proposals import Conflict, Proposal, ProposedChange
from mapapp.api.schema.resources import Resource, ResourcePage

__all__ = [
    "Addresses",
    "Change",
    "ChangePage",
    "Conflict",
    "Country",
    "CountryDetail",
    "CountryPage",
    "Facets",
    "FrameworkPage",
    "FrameworkVersions",
    "HealthBoard",
    "HealthBoardDetail",
    "HealthBoardPage",
    "History",
    "Institution",
    "InstitutionDetail",
    "InstitutionPage",
    "Partnership",
    "PartnershipDetail",
    "PartnershipPage",
    "Problem",
    "Proposal",
    "ProposedChange",
    "Removed",
    "Resource",
    "ResourcePage",
    "Statistics",
    "Topic",
    "TopicDetail",
    "TopicPage",
    "Vocabularies",
    "VocabularyPage",
]
