"""Nothing private in any anonymous byte: canaries are planted, then every address is read."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from partnerships.choices import Moderation
from partnerships.models import Consent, Coordinator, Partnership, Suggestion, User
from partnerships.search import PartnershipSearch
from partnerships.services import (
    answers,
    checklists,
    import_batches,
    mailboxes,
    partnerships,
    undoing,
)
from partnerships.services.decisions import decline
from partnerships.services.suggestions import Sender
from partnerships.services.unconfirmed import Draft, hold
from tests.factories import evaluations, records
from tests.factories.mailed import plant_link
from tests.factories.rounds import LINKED_PAGES, Round
from tests.factories.study import make_private_round

NAME = "Canaria Verborgen"
TITLE = "Keeper of Hidden Birds"
EMAIL = "canary.verborgen@hidden.example"
TELEPHONE = "0131 496 0842"
DRAFT = "Zebrafinch draft partnership"
EXACT_LATITUDE, EXACT_LONGITUDE = "-15.38614", "35.31887"
TOWN = "Quietlakeville"
CANARIES = (
    NAME, "Verborgen", TITLE, EMAIL, TELEPHONE, DRAFT, EXACT_LATITUDE, EXACT_LONGITUDE, TOWN,
)  # fmt: skip
SHOWN = "Openly Named"
#: Of the suggestion, whose address nobody without its key can read.
SUGGESTED = "6f1c2f3e-0000-4000-8000-000000000001"
#: Of a form that waits for its code.
UNCONFIRMED = "6f1c2f3e-0000-4000-8000-000000000002"

pytestmark = pytest.mark.django_db


@pytest.fixture
def planted() -> Partnership:
    """A public record with everything private around it, and a draft."""
    board = records.make_board("NHS Borders")
    hospital = records.make_institution(
        slug="quiet-hospital",
        name="Quiet Hospital",
        country="MW",
        city=TOWN,
        latitude=float(EXACT_LATITUDE),
        longitude=float(EXACT_LONGITUDE),
        location_level="district",
    )
    public = records.make_partnership(
        slug="open-record",
        name="Open record",
        members=[board.institution, hospital],
        health_board=board,
        moderation=Moderation.LISTED,
        topics=[records.make_topic("Open topic")],
        summary=f"{DRAFT}: {NAME} was named here before anybody looked.",
    )
    author = User.objects.create(
        username="canary", first_name="Canaria", last_name="Verborgen", email=EMAIL
    )
    # What was taken out stays out, and so do whoever did it and why.
    unit = records.make_user(EMAIL + ".uk", role="unit", first_name=NAME)
    partnerships.update(public, by=unit, values={"summary": "Better."}, reason=f"{NAME} asked")
    partnerships.confirm(public, side="uk", by=unit, how=f"{NAME} on {TELEPHONE}")
    partnerships.moderate(public, to=Moderation.WITHDRAWN, by=unit, reason=f"{NAME} rang")
    partnerships.update(public, by=unit, values={"goals": DRAFT}, reason=NAME)
    partnerships.update(public, by=unit, values={"goals": ""}, reason=NAME)
    partnerships.moderate(public, to=Moderation.LISTED, by=unit, reason=f"{NAME} agreed")
    told_on_another_day(public)
    records.make_resource("Open guide", by=unit)
    records.make_partnership(
        slug="hidden-record",
        name=DRAFT,
        members=[board.institution, hospital],
        moderation=Moderation.DRAFT,
    )
    member = public.members.get(institution=hospital)
    hidden = Coordinator.objects.create(
        member=member, name=NAME, job_title=TITLE, email=EMAIL, telephone=TELEPHONE,
        since=date(2020, 1, 1),
    )  # fmt: skip
    shown = Coordinator.objects.create(
        member=member, name=SHOWN, job_title=TITLE, email=EMAIL, telephone=TELEPHONE
    )
    given = datetime(2026, 1, 1, tzinfo=UTC)
    agreed = {"notice_version": "1", "how": "by e-mail", "recorded_by": author}
    Consent.objects.create(coordinator=shown, purpose="show_name", given_at=given, **agreed)
    # A consent that was taken back is none, and consent to messages is not consent to a name.
    Consent.objects.create(
        coordinator=hidden, purpose="show_name", given_at=given, withdrawn_at=given, **agreed
    )
    Consent.objects.create(coordinator=hidden, purpose="relay_messages", given_at=given, **agreed)
    suggested(public)
    linked(public, hidden)
    rated(public, unit)
    evaluations.plant_evaluation(public, by=unit, told=f"{DRAFT} {NAME}", partner="evaluation")
    imported(public, unit)
    make_private_round(public, f"{NAME} is at {TELEPHONE}", DRAFT)
    return public


def imported(public: Partnership, unit: User) -> None:
    """A plan that says private things, and an import whose file is called after somebody."""
    _, plan = (
        import_batches.plan(
            content=f"slug,name,summary\nopen-record,Open record,{summary}\n".encode(),
            name=f"{NAME}.csv",
            by=unit,
            at=timezone.now(),
        )
        for summary in (DRAFT, "Best.")
    )
    run = import_batches.apply_rows(plan, numbers=[2], by=unit, at=timezone.now())
    undoing.undo(run, by=unit, at=timezone.now())
    public.refresh_from_db()
    assert public.summary == "Better."


def suggested(public: Partnership) -> None:
    """One suggestion that waits and one that was declined, with everything private in them."""
    public.refresh_from_db()
    person = Sender("public_form", name=NAME, email=EMAIL)
    waiting = records.make_suggestion(
        public, {"summary": DRAFT, "goals": NAME}, words=f"{NAME} on {TELEPHONE}", sender=person
    )
    Suggestion.objects.filter(pk=waiting.pk).update(public_id=SUGGESTED)
    draft = Draft(words=f"{NAME} on {TELEPHONE}", changes={}, partnership=public, name=NAME,
                  email=EMAIL, typed={"why": [DRAFT]})  # fmt: skip
    hold(draft, attempt=UUID(UNCONFIRMED), at=timezone.now())
    new = {"name": DRAFT, "kind": "network", "summary": NAME}
    with_key = records.make_sender(NAME, organisation=TITLE, contact=EMAIL)
    decline(
        records.make_suggestion(None, new, words=DRAFT, sender=with_key),
        by=records.make_unit(), answer=f"Ask {NAME}", reason=DRAFT,
    )  # fmt: skip


def linked(public: Partnership, person: Coordinator) -> None:
    """Links that were mailed to somebody: one to answer, one answered, one to end the mail."""
    mailbox = mailboxes.mailbox_of(EMAIL)
    about = {"partnership": public, "side": "partner", "coordinator": person, "mailbox": mailbox}
    plant_link("open-link", purpose="confirmation", **about)
    plant_link("mailbox-link", purpose="unsubscribe", mailbox=mailbox)
    link = plant_link("answered-link", purpose="confirmation", **about)
    words = f"{NAME} is at {TELEPHONE}: {DRAFT}"
    answers.answer(link, answer="change", words=words, at=timezone.now())


def rated(public: Partnership, unit: User) -> None:
    """One side's notes, and the other side's link: whoever has that must not read them."""
    framework = records.make_framework(principles=1)
    type(framework).objects.filter(pk=framework.pk).update(code="open-framework")
    told = {"partnership": public, "framework": framework, "by": unit}
    theirs, ours = checklists.open_round(**told).parts.order_by("member__position")
    for hallmark in checklists.hallmarks_of(framework):
        checklists.rate(theirs, hallmark=hallmark, level="1", note=f"{DRAFT} {NAME}")
    checklists.submit(theirs)
    plant_link("checklist-link", purpose="checklist", part=ours)
    Round("1", "4", partnership=public).agree_on(f"{DRAFT} {NAME}")


def told_on_another_day(record: Partnership) -> None:
    """So that the page of the history tells what came after the first listing."""
    rows = list(record.history.order_by("history_id"))
    first = next(n for n, row in enumerate(rows) if row.moderation == Moderation.LISTED)
    for row in rows[: first + 1]:
        row.history_date -= timedelta(days=30)
        row.save()


ROUNDS = [{"slug": "evaluation-2006"}, {"slug": "not-published"}]
NAMES = {
    "partnership_detail": [{"slug": "open-record"}, {"slug": "hidden-record"}],
    "suggest_change": [{"slug": "open-record"}, {"slug": "hidden-record"}],
    "suggestion_confirm": [{"attempt": UNCONFIRMED}],
    "partnership_history": [{"slug": "open-record"}, {"slug": "hidden-record"}],
    "topic_detail": [{"code": "open_topic"}],
    "institution_detail": [{"slug": "quiet-hospital"}, {"slug": "nhs-borders"}],
    "country_detail": [{"alpha2": "MW"}, {"alpha2": "GB"}],
    "health_board_detail": [{"slug": "nhs-borders"}],
    "sitemap_part": [{"name": part} for part in ("pages", "partnerships-1", "institutions-1")],
    "openid_connect_login": [{"provider_id": "oidc"}],
    "openid_connect_callback": [{"provider_id": "oidc"}],
    "api:partnership": [{"name": "open-record"}, {"name": "hidden-record"}],
    "api:proposal": [{"id": SUGGESTED}],
    "api:bulk_file": [
        {"name": name}
        for name in (
            "datapackage.json",
            "partnerships.csv",
            "partnerships.jsonl",
            "partnerships.geojson",
            "partnerships.jsonl.gz",
            "members.csv",
            "institutions.csv",
            "institutions.jsonl.gz",
            "institutions.geojson",
            "vocabularies.csv",
        )
    ],
    "api:partnership_history": [{"name": "open-record"}, {"name": "hidden-record"}],
    "api:institution": [{"name": "quiet-hospital"}, {"name": "nhs-borders"}],
    "api:country": [{"code": "MW"}, {"code": "GB"}],
    "api:health_board": [{"slug": "nhs-borders"}],
    "api:topic": [{"code": "open_topic"}],
    "api:vocabulary": [{"name": "topics"}, {"name": "stages"}],
    "api:framework": [{"code": "open-framework"}],
    "framework": [{"code": "open-framework", "version": "1"}],
    "principle": [{"code": "open-framework", "version": "1", "principle": "p1"}],
    "api:resource": [{"name": "open-guide"}],
    "answer_link": [{"token": token} for token in ("open-link", "answered-link", "no-link")],
    "answer_change": [{"token": token} for token in ("open-link", "answered-link", "no-link")],
    **{f"round_{kind}": ROUNDS for kind in ("report", "csv")},
    "unsubscribe": [{"token": "mailbox-link"}, {"token": "no-link"}],
    "checklist_start": [{"token": "checklist-link"}, {"token": "open-link"}],
    **{f"checklist_{page}": [{"token": "checklist-link", "number": "1"}] for page in LINKED_PAGES},
    **{
        f"evaluation_{page}": [
            {"token": "evaluation", "number": "3"},
            {"token": "no", "number": "1"},
        ]
        for page in evaluations.LINKED_PAGES
    },
}
#: Addresses with parts in them that hold no record: nothing to read anonymously.
WITHOUT_RECORDS = (
    *("set_password", "account_reset_password_from_key"),
    # Nothing without the token of a mail: tests/mapapp/test_suggesting.py.
    *("suggestion_follow", "suggestion_mend"),
)


#: Asked of every address, whether it knows the parameter or not.
QUERIES = (
    "q=quiet+hospital&sort=relevance&expand=members.institution,health_board",
    "q=nothing-has-this-word",
    "country=MW&page=1&page_size=1&sort=-modified&fields=name,members.institution.name",
    "country=ZZ",
    "page=2",
    "format=json",
    "format=api",
    "format=csv",
    "format=geojson&expand=members.institution",
    "format=jsonl&fields=members,locations&expand=members.institution,health_board",
    "bbox=35,-16,36,-15&place=quiet-hospital&zoom=14&view=35,-16,36,-15&on_map=yes&sort=-name",
    "confirmed=yes&confirmed=due&confirmed=overdue&confirmed=never&sort=-confirmed",
)


def every_route(patterns: Any, before: str, namespace: str) -> Iterator[tuple[str, str]]:
    """(name, route) of every address of the site but the admin's."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", route
        elif isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from every_route(pattern.url_patterns, route, inner)


def every_address() -> Iterator[str]:
    """Every address of the site but the admin's, with the parts filled in."""
    for name, route in every_route(get_resolver().url_patterns, "/", ""):
        if "<" not in route:
            yield route
        elif name in NAMES:
            yield from (filled(route, values) for values in NAMES[name])
        elif name not in WITHOUT_RECORDS and "(?P<rest>" not in route:
            pytest.fail(f"{name} ({route}) is a new address: say here which records it shows")


def filled(route: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        for kind in ("slug", "str", "uuid", "int"):
            route = route.replace(f"<{kind}:{key}>", value)
    return route


def every_byte(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            content = b"".join(workbook.read(name) for name in workbook.namelist())
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return content.decode("utf-8", "replace") + headers


@pytest.mark.once
def test_no_canary_in_any_anonymous_byte(planted: Partnership) -> None:
    client = Client()
    read = {address: every_byte(client.get(address)) for address in every_address()}
    assert leaks(read) == []
    assert len(read) > 25


@pytest.mark.once
def test_no_canary_in_any_anonymous_answer_to_a_question(planted: Partnership) -> None:
    """Errors repeat what was asked, so nothing private is asked here: see the tests of words."""
    client = Client()
    seen: set[int] = set()
    read: dict[str, str] = {}
    for address in every_address():
        for query in QUERIES:
            answer = client.get(f"{address}?{query}")
            seen.add(answer.status_code)
            read[f"{address}?{query}"] = every_byte(answer)
    assert leaks(read) == []
    assert seen >= {200, 400, 404}


def leaks(read: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (where, canary) for where, text in read.items() for canary in CANARIES if canary in text
    ]


@pytest.mark.once
def test_the_reader_would_see_a_leak(planted: Partnership) -> None:
    """A consented name is on the page: the test above reads what people read."""
    assert SHOWN in every_byte(Client().get("/partnerships/open-record/"))
    history = every_byte(Client().get("/partnerships/open-record/history/"))
    assert "Summary: changed" in history
    assert "Public again" in history
    workbook = every_byte(Client().get("/partnerships.xlsx"))
    assert "Open record" in workbook


@pytest.mark.once
def test_the_api_names_nobody_at_all(planted: Partnership) -> None:
    """Consent was for the page (docs/adr/0023-the-api-names-nobody.md)."""
    read = [each for each in every_address() if each.startswith("/api/")]
    read += [f"{each}?expand=members.institution" for each in read]
    assert [each for each in read if SHOWN in every_byte(Client().get(each))] == []
    assert len(read) > 30


def test_a_coarsened_place_is_what_outputs_show(planted: Partnership) -> None:
    for address in ("/partnerships/map.json", "/partnerships.geojson", "/api/v1/partnerships/"):
        text = every_byte(Client().get(address))
        assert "-15.5" in text, address
        assert "35.5" in text, address


@pytest.mark.parametrize("words", [NAME, "verborgen", EMAIL, TELEPHONE, "hidden birds", TOWN])
def test_searching_for_a_private_word_finds_nothing(planted: Partnership, words: str) -> None:
    assert PartnershipSearch({"q": [words]}).count == 0
    assert PartnershipSearch({"q": ["quiet hospital"]}).count == 1
    assert Client().get("/partnerships/suggest/", {"q": words}).json() == {"groups": []}


def test_a_box_around_the_exact_place_finds_nothing(planted: Partnership) -> None:
    """Else boxes could be halved until the place is known."""
    latitude, longitude = float(EXACT_LATITUDE), float(EXACT_LONGITUDE)
    box = f"{longitude - 0.01},{latitude - 0.01},{longitude + 0.01},{latitude + 0.01}"
    assert PartnershipSearch({"bbox": [box]}).count == 0
    assert PartnershipSearch({"bbox": ["35,-16,36,-15"]}).count == 1


def test_institution_search_does_not_tell_a_hidden_town(planted: Partnership) -> None:
    page = Client().get("/api/v1/institutions/", {"q": TOWN}).json()
    assert page["count"] == 0


def test_a_mailed_link_shows_the_record_and_not_its_owner(planted: Partnership) -> None:
    """So the walk above has read these pages, and not that there are none."""
    for token, shown in (
        ("open-link", "Is this still right?"),
        ("answered-link", "change something"),
        ("no-link", "This link does not open anything"),
    ):
        assert shown in every_byte(Client().get(f"/l/{token}/"))
    assert "Stop reminders?" in every_byte(Client().get("/unsubscribe/mailbox-link/"))
    assert "Hallmark 1.1" in every_byte(Client().get("/checklists/checklist-link/1/"))
    assert "Name one change" in every_byte(Client().get("/evaluations/evaluation/4/"))
