"""Closed vocabularies: values that code branches on. Lists that the unit edits are rows instead."""

from __future__ import annotations

from django.db import models


class Side(models.TextChoices):
    """Which end of a partnership a member stands at. Derived from its country, never stored."""

    UK = "uk", "United Kingdom"
    PARTNER = "partner", "Partner country"


class WhoRegion(models.TextChoices):
    """The six regions of the World Health Organization. Territories may have none."""

    AFR = "AFR", "African Region"
    AMR = "AMR", "Region of the Americas"
    EMR = "EMR", "Eastern Mediterranean Region"
    EUR = "EUR", "European Region"
    SEAR = "SEAR", "South-East Asia Region"
    WPR = "WPR", "Western Pacific Region"


class IncomeGroup(models.TextChoices):
    """World Bank income groups; revised every 1 July, some economies have none."""

    LOW = "low", "Low income"
    LOWER_MIDDLE = "lower_middle", "Lower middle income"
    UPPER_MIDDLE = "upper_middle", "Upper middle income"
    HIGH = "high", "High income"


class Nation(models.TextChoices):
    """The nations of the United Kingdom, by the last three letters of ISO 3166-2."""

    SCOTLAND = "SCT", "Scotland"
    ENGLAND = "ENG", "England"
    WALES = "WLS", "Wales"
    NORTHERN_IRELAND = "NIR", "Northern Ireland"


class InstitutionKind(models.TextChoices):
    HOSPITAL = "hospital", "Hospital"
    HEALTH_CENTRE = "health_centre", "Health centre or practice"
    HEALTH_BOARD = "health_board", "Health Board"
    MINISTRY = "ministry", "Ministry or government office"
    UNIVERSITY = "university", "University"
    TRAINING_SCHOOL = "training_school", "Training school"
    COLLEGE_OF_PROFESSION = "college_of_profession", "Professional college or association"
    CHARITY = "charity", "Charity"
    OTHER = "other", "Other"


class Precision(models.TextChoices):
    """How well a place is known, from a doorway to a whole country."""

    SITE = "site", "The site itself"
    CITY = "city", "The town or city"
    DISTRICT = "district", "The district"
    REGION = "region", "Somewhere in the region: not placed on the map"
    COUNTRY = "country", "The country only: not placed on the map"


class LocationLevel(models.TextChoices):
    """How exactly the public may see where a partnership works."""

    EXACT = "exact", "As exactly as it is known"
    CITY = "city", "To the nearest town (about 11 km)"
    DISTRICT = "district", "To the district (about 55 km)"
    COUNTRY = "country", "The country only"
    HIDDEN = "hidden", "Not at all"


class AliasKind(models.TextChoices):
    FORMER_NAME = "former_name", "Former name"
    ACRONYM = "acronym", "Acronym"
    SPELLING = "spelling", "Other spelling"
    TRANSLATION = "translation", "Name in another language"


class SuccessionKind(models.TextChoices):
    RENAMED = "renamed", "Renamed"
    MERGED = "merged", "Merged into another"
    CLOSED = "closed", "Closed"


class ChampionRole(models.TextChoices):
    LEAD = "lead", "Lead champion"
    DEPUTY = "deputy", "Deputy champion"


class UserRole(models.TextChoices):
    """What a user is besides being a champion; champions are known by their tenures."""

    NONE = "", "No further role"
    UNIT = "unit", "Coordination unit"
    AUDITOR = "auditor", "Read-only auditor"


class PartnershipKind(models.TextChoices):
    INFORMAL_LINK = "informal_link", "Informal link"
    INSTITUTIONAL_LINK = "institutional_link", "Institutional link"
    BOARD_LINK = "board_link", "Health Board link"
    PRIMARY_CARE_TWINNING = "primary_care_twinning", "Primary care twinning"
    ACADEMIC_LINK = "academic_link", "Academic link"
    COLLEGE_LINK = "college_link", "Professional college link"
    CHARITY_LINK = "charity_link", "Charity link"
    GOVERNMENT_TWINNING = "government_twinning", "Government twinning"
    CONSORTIUM = "consortium", "Consortium"
    NETWORK = "network", "Network"
    PROGRAMME = "programme", "Programme"
    GRANT_PROJECT = "grant_project", "Grant project"


class Stage(models.TextChoices):
    """Is the partnership alive? Says nothing of who may see the record."""

    EXPLORING = "exploring", "Exploring"
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    CLOSING = "closing", "Closing"
    ENDED = "ended", "Ended"
    NOT_KNOWN = "not_known", "Not known"


class Moderation(models.TextChoices):
    """May the public see the record? Says nothing of whether the partnership is alive."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    RETURNED = "returned", "Returned"
    LISTED = "listed", "Listed"
    WITHDRAWN = "withdrawn", "Withdrawn"


class SuggestionKind(models.TextChoices):
    CHANGE = "change", "A change of a record"
    NEW = "new", "A new partnership"


class SuggestionChannel(models.TextChoices):
    """The way on which a suggestion came."""

    API = "api", "From another organisation's software"
    PUBLIC_FORM = "public_form", "From the public form"
    COORDINATOR = "coordinator", "From a coordinator"
    CALENDAR = "calendar", "From the registry, by date"


class SuggestionState(models.TextChoices):
    """What has become of a suggestion. Whatever is decided stays decided."""

    WAITING = "waiting", "Waiting for a decision"
    ACCEPTED = "accepted", "Accepted"
    PARTLY_ACCEPTED = "partly_accepted", "Accepted in part"
    RETURNED = "returned", "Returned with words"
    DECLINED = "declined", "Declined"


class MailState(models.TextChoices):
    """How far a mail has come on its way to the mail server."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up"
    BOUNCED = "bounced", "Refused by the mailbox"


class LinkPurpose(models.TextChoices):
    """What somebody without an account may do through a signed link: this, and nothing else."""

    CONFIRMATION = "confirmation", "Answer whether a record is right"
    SUGGESTION = "suggestion", "Follow a suggestion"
    EVALUATION = "evaluation", "Answer an evaluation"
    UNSUBSCRIBE = "unsubscribe", "End recurring mail"
    CHECKLIST = "checklist", "Answer a checklist for one member"


class LinkAnswerKind(models.TextChoices):
    """What somebody who was asked about a record may answer."""

    RIGHT = "right", "Still right"
    CHANGE = "change", "Change something"
    ENDED = "ended", "It has ended"
    NOT_ME = "not_me", "Not me"


class ReminderStep(models.TextChoices):
    """Who is asked to confirm a side of a record, one after the other."""

    FIRST = "first", "Coordinators, before it is due"
    SECOND = "second", "Coordinators, now that it is due"
    THIRD = "third", "Coordinators, now that it is overdue"
    DEPUTY = "deputy", "The Board's deputies"
    LEAD = "lead", "The Board's lead"
    UNIT = "unit", "The coordination unit"
    DESK = "desk", "Coordinators, when a champion asked for it"


class MemberRole(models.TextChoices):
    LEAD = "lead", "Lead"
    PARTNER = "partner", "Partner"
    HOST = "host", "Host"
    FUNDER = "funder", "Funder"
    SUPPORTING_CHARITY = "supporting_charity", "Supporting charity"
    EVALUATOR = "evaluator", "Evaluator"


class DatePrecision(models.TextChoices):
    YEAR = "year", "Year"
    MONTH = "month", "Month"
    DAY = "day", "Day"


class Delivery(models.TextChoices):
    REMOTE = "remote", "Remote"
    HYBRID = "hybrid", "Remote and in person"
    IN_PERSON = "in_person", "In person"


class Direction(models.TextChoices):
    TO_PARTNER = "to_partner", "From the UK to the partner country"
    TO_SCOTLAND = "to_scotland", "From the partner country to Scotland"
    BOTH = "both", "Both ways"


class FundingBand(models.TextChoices):
    """Pounds sterling over the whole grant."""

    UNDER_10K = "under_10k", "Under £10,000"
    TO_50K = "10k_to_50k", "£10,000 to £50,000"
    TO_250K = "50k_to_250k", "£50,000 to £250,000"
    OVER_250K = "over_250k", "Over £250,000"
    UNDISCLOSED = "undisclosed", "Not disclosed"


class ConsentPurpose(models.TextChoices):
    SHOW_NAME = "show_name", "Show my name on the public page"
    SHOW_ROLE = "show_role", "Show my job title on the public page"
    RELAY_MESSAGES = "relay_messages", "Pass messages on to me"
    SURVEYS = "surveys", "Invite me to surveys"


class Freshness(models.TextChoices):
    """When either side last said that the record is right."""

    YES = "yes", "Confirmed in the last year"
    DUE = "due", "Due for confirmation"
    OVERDUE = "overdue", "Overdue for confirmation"
    NEVER = "never", "Not yet confirmed"


class FrameworkShape(models.TextChoices):
    PRINCIPLES = "principles", "Principles with hallmarks"
    STEPS = "steps", "Steps of a cycle"


class CycleStep(models.IntegerChoices):
    """The steps of WHO's Twinning Partnerships for Improvement. The name of the sixth is ours."""

    PARTNERSHIP_DEVELOPMENT = 1, "Partnership development"
    NEEDS_ASSESSMENT = 2, "Needs assessment"
    GAP_ANALYSIS = 3, "Gap analysis"
    ACTION_PLANNING = 4, "Action planning"
    ACTION = 5, "Action"
    EVALUATION_AND_REVIEW = 6, "Evaluation and review"


class FrameworkState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


class ChecklistState(models.TextChoices):
    OPEN = "open", "Open: each side rates alone"
    COMPARED = "compared", "Every side has submitted"
    AGREED = "agreed", "Agreed by every side"
    ABANDONED = "abandoned", "Abandoned"


class RatingLevel(models.TextChoices):
    NOT_YET = "1", "Not yet"
    IN_PART = "2", "In part"
    MOSTLY = "3", "Mostly"
    FULLY = "4", "Fully"
    DOES_NOT_APPLY = "does_not_apply", "Does not apply"
    DO_NOT_KNOW = "do_not_know", "Don't know"


class ActionProgress(models.TextChoices):
    TO_DO = "to_do", "To do"
    DOING = "doing", "Under way"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


class QuestionKind(models.TextChoices):
    """How a question of an evaluation is answered."""

    ONE = "one", "One of several"
    MANY = "many", "Any of several"
    SCALE = "scale", "A scale from not yet to fully"
    RANK = "rank", "Several in an order"
    NUMBER = "number", "A number"
    YEAR = "year", "A year"
    WORDS = "words", "Own words"


class PrefilledFact(models.TextChoices):
    """What the register says already, so that an evaluation need not ask it from nothing."""

    STAGE = "stage", "Whether it is alive"
    BEGAN = "began", "When it began"
    AGREEMENT = "agreement", "Whether an agreement is signed"
    PROFESSIONS = "professions", "Who takes part"
    DELIVERY = "delivery", "How the sides work together"


class QuestionnaireState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


class RoundState(models.TextChoices):
    DRAFT = "draft", "Draft: nobody is asked yet"
    OPEN = "open", "Open: coordinators answer"
    CLOSED = "closed", "Closed"


class ImportVerdict(models.TextChoices):
    """What the importer would do, or did, with one row."""

    CREATE = "create", "Create"
    UPDATE = "update", "Update"
    UNCHANGED = "unchanged", "Unchanged"
    CONFLICT = "conflict", "Conflict"
    ERROR = "error", "Error"
    NOT_YOURS = "not_yours", "Not yours"


class RecordType(models.TextChoices):
    """What has a permanent id, and is told of when it changes."""

    INSTITUTION = "institution", "Institution"
    PARTNERSHIP = "partnership", "Partnership"


class Removal(models.TextChoices):
    """Why a record is public no longer: all that is said of it."""

    WITHDRAWN = "withdrawn", "No longer listed"
    MERGED = "merged", "Merged into another"
    DELETED = "deleted", "Deleted"


class ResourceAudience(models.TextChoices):
    """Whom a toolkit or guide was written for."""

    NEW = "new_partnerships", "People starting a partnership"
    BOTH = "both_sides", "Both sides of a partnership"
    CHAMPIONS = "champions", "Champions and Health Boards"
    VOLUNTEERS = "volunteers", "Volunteers"
    EVALUATORS = "evaluators", "People who evaluate"


class Language(models.TextChoices):
    """Languages in which toolkits are written, by ISO 639 code."""

    EN = "en", "English"
    BEM = "bem", "Bemba"
    NY = "ny", "Chichewa"
    FR = "fr", "French"
    GD = "gd", "Gaelic"
    RW = "rw", "Kinyarwanda"
    PT = "pt", "Portuguese"
    ES = "es", "Spanish"
    SW = "sw", "Swahili"
    CY = "cy", "Welsh"
