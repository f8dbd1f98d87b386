"""Records for tests, made through the services, with only what matters spelt out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import count, islice
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from partnerships.choices import (
    ChampionRole,
    FrameworkState,
    InstitutionKind,
    MemberRole,
    Moderation,
    PartnershipKind,
    Stage,
    UserRole,
)
from partnerships.indexing import deferred
from partnerships.models import (
    Activity,
    ApiKey,
    Champion,
    Coordinator,
    Country,
    DevelopmentGoal,
    Framework,
    Funder,
    Hallmark,
    HealthBoard,
    Institution,
    Member,
    Partnership,
    Principle,
    Profession,
    Resource,
    Suggestion,
    Topic,
    User,
)
from partnerships.policies.record_version import version_of
from partnerships.services import api_keys, champions, institutions, partnerships, resources
from partnerships.services.details import apply
from partnerships.services.parts import Parts
from partnerships.services.signing_in import keep_address
from partnerships.services.suggestions import Sender, propose
from partnerships.services.users import system_user
from tests.factories.second_factors import enrolled

PASSWORD = "a long password for tests"
numbers = count(1)

#: alpha2 → alpha3, name, WHO region, income group, latitude, longitude of the label.
COUNTRIES = {
    "GB": ("GBR", "United Kingdom", "EUR", "high", 54.4, -2.1),
    "MW": ("MWI", "Malawi", "AFR", "low", -13.4, 33.6),
    "ZM": ("ZMB", "Zambia", "AFR", "lower_middle", -14.7, 26.3),
    "RW": ("RWA", "Rwanda", "AFR", "low", -1.9, 29.9),
    "NP": ("NPL", "Nepal", "SEAR", "lower_middle", 28.2, 83.6),
    "BR": ("BRA", "Brazil", "AMR", "upper_middle", -12.1, -49.6),
    "XK": ("XKX", "Kosovo", "", "upper_middle", 42.6, 20.9),
}


def make_country(alpha2: str = "MW", **values: Any) -> Country:
    """The country with a code; made if it is not there."""
    found = Country.objects.filter(pk=alpha2).first()
    if found:
        return found
    alpha3, name, region, income, latitude, longitude = COUNTRIES[alpha2]
    defaults = {
        "alpha3": alpha3,
        "name": name,
        "common_name": name,
        "who_region": region,
        "income_group": income,
        "latitude": latitude,
        "longitude": longitude,
        "bbox_west": longitude - 3,
        "bbox_south": latitude - 3,
        "bbox_east": longitude + 3,
        "bbox_north": latitude + 3,
    }
    return Country.objects.create(alpha2=alpha2, **defaults | values)


def make_institution(name: str = "", *, country: str = "MW", **values: Any) -> Institution:
    """An institution in a country given by its code."""
    name = name or f"Hospital {next(numbers)}"
    defaults: dict[str, Any] = {
        "name": name,
        "slug": slugify(name)[:80],
        "kind": InstitutionKind.HOSPITAL,
        "country": make_country(country),
        "uk_nation": "SCT" if country == "GB" else "",
    }
    institution = Institution(**defaults | values)
    institutions.save(institution, by=None, reason="Made for a test")
    return institution


def make_board(name: str = "", **values: Any) -> HealthBoard:
    """A territorial Board with its institution."""
    number = next(numbers)
    institution = make_institution(
        name or f"NHS Board {number}", country="GB", kind=InstitutionKind.HEALTH_BOARD
    )
    defaults = {"code": f"S08{number:06}"}
    return HealthBoard.objects.create(institution=institution, **defaults | values)


def make_user(email: str = "", *, password: str = PASSWORD, **values: Any) -> User:
    """An account that can sign in: its name is its e-mail address."""
    email = email or f"person{next(numbers)}@example.org"
    user = User.objects.create_user(email, email, password, **values)
    keep_address(user)
    return enrolled(user) if user.is_superuser else user


def make_unit(**values: Any) -> User:
    return enrolled(make_user(role=UserRole.UNIT, is_staff=True, **values))


def make_auditor(**values: Any) -> User:
    return make_user(role=UserRole.AUDITOR, is_staff=True, **values)


def make_champion(
    board: HealthBoard | None = None,
    *,
    user: User | None = None,
    role: str = ChampionRole.DEPUTY,
    since: date = date(2020, 1, 1),
    until: date | None = None,
) -> User:
    """An account with a tenure at a Board; a lead's with a second factor."""
    user = user or make_user()
    champions.save(
        Champion(user=user, board=board or make_board(), role=role, since=since, until=until),
        by=system_user(),
    )
    return enrolled(user) if role == ChampionRole.LEAD else user


def make_topic(label: str = "", **values: Any) -> Topic:
    label = label or f"Topic {next(numbers)}"
    code = slugify(label).replace("-", "_")
    return Topic.objects.create(code=code, label=label, **values)


def make_partnership(
    name: str = "",
    *,
    members: list[Institution] | None = None,
    moderation: str = Moderation.LISTED,
    by: User | None = None,
    topics: list[Topic] | None = None,
    countries: list[str] | None = None,
    **values: Any,
) -> Partnership:
    """A record, listed unless said otherwise, between Scotland and Malawi unless said otherwise.

    Its history and decisions are those that the services write. `by` is its author.
    """
    name = name or f"Partnership {next(numbers)}"
    if members is None:
        members = [make_institution(country="GB"), make_institution(country="MW")]
    defaults: dict[str, Any] = {
        "name": name,
        "slug": slugify(name)[:80],
        "kind": PartnershipKind.INSTITUTIONAL_LINK,
        "stage": Stage.ACTIVE,
    }
    steps: dict[str, list[str]] = {
        Moderation.DRAFT: [],
        Moderation.SUBMITTED: [Moderation.SUBMITTED],
        Moderation.RETURNED: [Moderation.SUBMITTED, Moderation.RETURNED],
        Moderation.LISTED: [Moderation.LISTED],
        Moderation.WITHDRAWN: [Moderation.LISTED, Moderation.WITHDRAWN],
    }
    with transaction.atomic(), deferred():  # indexed once, however many steps it takes
        partnership = partnerships.create(
            by=by or system_user(),
            values=defaults | values,
            parts=Parts(
                members=members,
                topics=topics,
                declared_countries=[make_country(code) for code in countries or []],
            ),
        )
        for to in steps[moderation]:
            partnerships.moderate(partnership, to=to, by=_approver(), reason="For a test")
    partnership.refresh_from_db()
    return partnership


def fill(partnership: Partnership, each: int = 2) -> None:
    """So many of every term that a record can have, of its own each time."""
    terms = {
        model: [
            model._default_manager.create(code=f"term_{number}", label=f"Term {number}")
            for number in islice(numbers, each)
        ]
        for model in (Activity, Profession, Funder)
    }
    goals = [
        DevelopmentGoal.objects.get_or_create(number=n, defaults={"label": f"Goal {n}"})[0]
        for n in range(1, each + 1)
    ]
    partnerships.update(
        partnership,
        by=system_user(),
        values={},
        parts=Parts(
            activities=terms[Activity],
            professions=terms[Profession],
            professions_wanted=terms[Profession],
            funders=terms[Funder],
            sdgs=goals,
        ),
    )


def _approver() -> User:
    """Somebody of the unit who is not the author: nobody approves their own first listing."""
    user, _ = User.objects.get_or_create(username="approver", defaults={"role": UserRole.UNIT})
    return user


def make_member(partnership: Partnership, institution: Institution, **values: Any) -> Member:
    """One more member of a record."""
    member = Member(
        partnership=partnership,
        institution=institution,
        **{"role": MemberRole.PARTNER, "position": partnership.members.count()} | values,
    )
    apply(written=[member], by=_approver())
    partnerships.settle(partnership, by=None)
    return member


def make_coordinator(member: Member, name: str = "", **values: Any) -> Coordinator:
    """A named person for a member, with no consent at all."""
    return Coordinator.objects.create(
        member=member, name=name or f"Coordinator {next(numbers)}", **values
    )


def make_framework(
    *, principles: int = 2, hallmarks: int = 2, state: str = FrameworkState.PUBLISHED
) -> Framework:
    """A framework with so many principles, each with so many hallmarks."""
    number = next(numbers)
    framework = Framework.objects.create(
        code=f"framework_{number}",
        version="1",
        title=f"Framework {number}",
        state=state,
        source_name="A source",
        source_url="https://example.org/",
        wording_note="Our own words.",
    )
    for p in range(1, principles + 1):
        principle = Principle.objects.create(
            framework=framework, code=f"p{p}", number=p, title=f"Principle {p}"
        )
        for h in range(1, hallmarks + 1):
            Hallmark.objects.create(
                principle=principle, code=f"h{h}", number=h, text=f"Hallmark {p}.{h}"
            )
    return framework


def make_resource(
    title: str = "",
    *,
    topics: Iterable[Topic] = (),
    principles: Iterable[str] = (),
    by: User | None = None,
    **values: Any,
) -> Resource:
    """A toolkit or guide; principles by `framework` or `framework.principle`."""
    title = title or f"Guide {next(numbers)}"
    defaults: dict[str, Any] = {
        "title": title,
        "slug": slugify(title),
        "publisher": "A publisher",
        "summary": "What it is.",
        "audience": "both_sides",
        "link": "https://example.org/guide",
    }
    resource = Resource(**defaults | values)
    resources.save(resource, by=by, reason="Made for a test", topics=list(topics))
    resources.set_principles(resource, list(principles), by=by, reason="Made for a test")
    return resource


def make_api_key(name: str = "", **values: Any) -> tuple[ApiKey, str]:
    """A key that is good for a year, and what its owner sends."""
    defaults = {
        "name": name or f"Software {next(numbers)}",
        "organisation": "A partner",
        "contact": "software@example.org",
        "expires_at": timezone.now() + timedelta(days=365),
    }
    key = ApiKey(**defaults | values)
    return key, api_keys.issue_key(key, by=system_user())


def make_sender(name: str = "Partner's software", **values: Any) -> Sender:
    """A key that may propose."""
    return Sender("api", make_api_key(name, may_propose=True, **values)[0])


def make_suggestion(
    partnership: Partnership | None = None, changes: Any = None, **values: Any
) -> Suggestion:
    """A suggestion that waits: another summary, or a new partnership of the given fields."""
    if partnership is not None:
        values["base_version"] = version_of(partnership.modified_at)
    number = next(numbers)
    if changes is None:
        changes = (
            {"summary": f"Other words {number}"}
            if partnership
            else {"name": f"New partnership {number}", "kind": "network"}
        )
    defaults: dict[str, Any] = {"words": "The page says so."}
    values = defaults | values
    sender = values.pop("sender", None) or make_sender()
    return propose(sender=sender, partnership=partnership, changes=changes, **values)
