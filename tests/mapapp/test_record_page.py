"""What the page of one record says besides its partners: sources, ways to ask, how to cite."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from partnerships.choices import ChecklistState
from partnerships.models import Agreement, Checklist, Funder, Funding, Partnership, Profession
from partnerships.services import partnerships
from partnerships.services.parts import Parts
from partnerships.services.users import system_user
from tests.factories import records
from tests.pages import page, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_each_date_names_what_it_rests_on() -> None:
    record = records.make_partnership(
        "Apple",
        began_on=date(2008, 1, 1),
        began_precision="year",
        source_url="https://source.example/page",
    )
    Agreement.objects.create(
        partnership=record,
        title="Memorandum",
        signed_on=date(2010, 5, 3),
        document_url="https://papers.example/memorandum.pdf",
    )
    member = record.members.get(institution__country="GB")
    member.since, member.until, member.role = 2009, 2012, "lead"
    member.save()
    soup = page("/partnerships/apple/")
    events = {text(e.b): [a["href"] for a in e.select("a")] for e in soup.select(".timeline li")}
    assert events == {
        "2008": [],
        "2009": [],
        "3 May 2010": ["https://papers.example/memorandum.pdf"],
        "2012": [],
    }
    assert "Source of the other dates: source.example" in text(soup)
    assert "· lead · 2009 to 2012" in text(soup.select_one(".both-ends-side"))


def test_funding_says_what_is_known_and_leads_to_the_others() -> None:
    record = records.make_partnership("Apple")
    funder = Funder.objects.create(code="trust", label="A trust")
    Funding.objects.create(
        partnership=record, funder=funder, scheme="Small grants", from_year=2015, band="under_10k"
    )
    link = page("/partnerships/apple/").select_one('a[href="/partnerships/?funder=trust"]')
    assert text(link.parent) == "A trust : Small grants, from 2015, Under £10,000"


def test_whoever_could_help_finds_whom_to_ask(settings: Any) -> None:
    board = records.make_board("NHS Fife")
    record = records.make_partnership("Apple", health_board=board)
    nurses = Profession.objects.create(code="nurses", label="Nurses")
    partnerships.update(
        record, by=system_user(), values={}, parts=Parts(professions_wanted=[nurses])
    )
    soup = page("/partnerships/apple/")
    assert text(soup.select_one(".record-wanted")) == "Looking for Nurses Ask about this"
    assert soup.select_one(".record-wanted a")["href"] == "#ask"
    ways = [way["href"] for way in soup.select("#ask a")]
    assert ways == ["/partnerships/apple/suggest/", "/health-boards/nhs-fife/#champion"]
    assert page("/health-boards/nhs-fife/").select_one("#champion") is not None
    settings.CONTACT_EMAIL = "unit@example.org"
    assert page("/partnerships/apple/").select_one('#ask a[href="mailto:unit@example.org"]')


def test_a_citation_holds_the_permanent_address_and_both_days() -> None:
    record = records.make_partnership("Apple")
    address = f"/partnerships/{record.public_id}/"
    cited = text(page("/partnerships/apple/").select_one("#citation"))
    today = timezone.localdate()
    assert cited.startswith("“Apple”. Health Partnership Map, record last changed ")
    assert f"{address} (accessed {today.day} {today:%B %Y})." in cited
    assert Client().get(address)["Location"] == "/partnerships/apple/"


def test_only_the_month_of_the_last_agreed_checklist_is_public() -> None:
    record, unit = records.make_partnership("Apple"), records.make_unit()
    opened = {"partnership": record, "opened_by": unit, "opened_at": timezone.now()}
    Checklist.objects.create(framework=records.make_framework(), **opened)
    assert "Checklist" not in text(page("/partnerships/apple/"))
    Checklist.objects.create(
        framework=records.make_framework(),
        state=ChecklistState.AGREED,
        agreed_at=datetime(2026, 5, 3, tzinfo=UTC),
        **opened,
    )
    assert "Checklist last agreed: May 2026" in text(page("/partnerships/apple/"))


def test_a_record_does_not_count_itself_among_the_others() -> None:
    """Also where the list leaves it out, so that taking one off the list's count would be wrong."""
    shared = records.make_institution("Queen Elizabeth", country="MW")
    for name in ("Apple", "Pear"):
        records.make_partnership(name, members=[records.make_institution(country="GB"), shared])
    apple = Partnership.objects.get(slug="apple")
    for days in (10, 900):
        apple.uk_confirmed_on = timezone.localdate() - timedelta(days=days)
        apple.last_confirmed_on = apple.uk_confirmed_on
        apple.save()
        assert "1 other partnership at Queen Elizabeth" in text(page("/partnerships/apple/"))
