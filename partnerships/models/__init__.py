"""The registry's records, one aggregate per module."""

from __future__ import annotations

from partnerships.models.agreements import Agreement, Funding
from partnerships.models.api_keys import ApiKey, KeyState
from partnerships.models.changes import ChangeNote, ChangeRun, RecordChange
from partnerships.models.checklists import (
    ActionPoint,
    AgreedAnswer,
    Checklist,
    ChecklistMember,
    Rating,
)
from partnerships.models.coordinators import Consent, Coordinator
from partnerships.models.evaluation_reports import RoundReport
from partnerships.models.evaluations import Invitation, Questionnaire, Response, Round
from partnerships.models.frameworks import (
    Framework,
    Hallmark,
    HallmarkCorrespondence,
    Principle,
)
from partnerships.models.imports import ImportRow, ImportRun, PlannedImport, PlannedImportRow
from partnerships.models.institutions import (
    HOME_COUNTRY,
    Champion,
    Country,
    FormerInstitutionSlug,
    HealthBoard,
    Identifier,
    Institution,
    InstitutionAlias,
)
from partnerships.models.links import SignedLink
from partnerships.models.lookalikes import NotTheSame
from partnerships.models.mail import Mailbox, OutgoingMail
from partnerships.models.moderation import Confirmation, Decision
from partnerships.models.partnerships import (
    FormerPartnershipSlug,
    Member,
    Partnership,
    PartnershipTopic,
)
from partnerships.models.reminders import LinkAnswer, Reminder
from partnerships.models.resources import Resource, ResourcePrinciple
from partnerships.models.search_index import FacetSheet, FacetValue, PublicLocation, SearchDocument
from partnerships.models.suggestions import Suggestion
from partnerships.models.twinning import TwinningCycle, TwinningDocument, TwinningStep
from partnerships.models.unconfirmed import UnconfirmedSuggestion
from partnerships.models.users import User, role_of, viewer_of
from partnerships.models.versions import ChangeMark, DataVersion
from partnerships.models.vocabularies import (
    Activity,
    DevelopmentGoal,
    Funder,
    Profession,
    Term,
    Topic,
)

__all__ = [
    "HOME_COUNTRY",
    "ActionPoint",
    "Activity",
    "AgreedAnswer",
    "Agreement",
    "ApiKey",
    "Champion",
    "ChangeMark",
    "ChangeNote",
    "ChangeRun",
    "Checklist",
    "ChecklistMember",
    "Confirmation",
    "Consent",
    "Coordinator",
    "Country",
    "DataVersion",
    "Decision",
    "DevelopmentGoal",
    "FacetSheet",
    "FacetValue",
    "FormerInstitutionSlug",
    "FormerPartnershipSlug",
    "Framework",
    "Funder",
    "Funding",
    "Hallmark",
    "HallmarkCorrespondence",
    "HealthBoard",
    "Identifier",
    "ImportRow",
    "ImportRun",
    "Institution",
    "InstitutionAlias",
    "Invitation",
    "KeyState",
    "LinkAnswer",
    "Mailbox",
    "Member",
    "NotTheSame",
    "OutgoingMail",
    "Partnership",
    "PartnershipTopic",
    "PlannedImport",
    "PlannedImportRow",
    "Principle",
    "Profession",
    "PublicLocation",
    "Questionnaire",
    "Rating",
    "RecordChange",
    "Reminder",
    "Resource",
    "ResourcePrinciple",
    "Response",
    "Round",
    "RoundReport",
    "SearchDocument",
    "SignedLink",
    "Suggestion",
    "Term",
    "Topic",
    "TwinningCycle",
    "TwinningDocument",
    "TwinningStep",
    "UnconfirmedSuggestion",
    "User",
    "role_of",
    "viewer_of",
]
