"""Entering a partnership: through the services, and what a refusal looks like."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from partnerships import models as registry
from tests.factories.records import (
    make_institution,
    make_partnership,
    make_topic,
)
from tests.mapapp.admin.pages import errors, page, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


EMPTY_ROWS = {
    f"{prefix}-{part}_FORMS": "0"
    for prefix in ("members", "topic_links", "funding", "agreements")
    for part in ("TOTAL", "INITIAL")
}


def a_new_record(**values) -> dict[str, object]:
    institutions = [make_institution(country="GB"), make_institution(country="MW")]
    rows = {
        f"members-{n}-{name}": value
        for n, institution in enumerate(institutions)
        for name, value in {
            "institution": institution.pk,
            "role": "partner",
            "position": n,
        }.items()
    }
    return {
        **EMPTY_ROWS,
        "name": "Borders and Blantyre",
        "slug": "borders-and-blantyre",
        "kind": "institutional_link",
        "stage": "active",
        "location_level": "exact",
        **rows,
        "members-TOTAL_FORMS": "2",
        **values,
    }


def test_entering_a_record(client, unit) -> None:
    topic, goal = make_topic(), registry.DevelopmentGoal.objects.create(number=3, label="Health")
    data = a_new_record(
        began="May 2008",
        ended="2010",
        other_names="Old name\r\n\r\n BB \r\n",
        sdgs=[goal.pk],
        reason="From the ward's own page",
        **{
            "topic_links-TOTAL_FORMS": "1",
            "topic_links-0-topic": topic.pk,
            "topic_links-0-is_primary": "on",
        },
    )
    response = client.post(url(registry.Partnership, "add"), data)
    assert response.status_code == 302, errors(response)

    record = registry.Partnership.objects.get(slug="borders-and-blantyre")
    assert (record.moderation, record.created_by) == ("draft", unit)
    assert (record.began_on, record.began_precision) == (date(2008, 5, 1), "month")
    assert (record.ended_on, record.ended_precision) == (date(2010, 12, 31), "year")
    assert record.other_names == ["Old name", "BB"]
    assert (record.member_count, record.country_count) == (2, 2)
    assert list(record.sdgs.all()) == [goal]
    assert record.topic_links.get().is_primary
    assert record.search_document is not None
    for row in (record.history.first(), record.members.first().history.get()):
        assert (row.history_user, row.history_change_reason) == (unit, "From the ward's own page")


def test_saving_a_page_without_a_change_writes_nothing(client) -> None:
    record = make_partnership(topics=[make_topic()], countries=["ZM"], other_names=["A", "B"])
    address = url(registry.Partnership, "change", record.pk)
    before = record.modified_at, record.history.count()
    response = client.post(address, submitted(client, address, reason="Nothing really"))
    assert response.status_code == 302, errors(response)
    record.refresh_from_db()
    assert (record.modified_at, record.history.count()) == before


def test_changing_only_rows_dates_the_record(client) -> None:
    record = make_partnership()
    address = url(registry.Partnership, "change", record.pk)
    data = submitted(client, address, reason="Signed")
    data |= {
        "agreements-TOTAL_FORMS": "1",
        "agreements-0-title": "Memorandum",
        "agreements-0-signed_on": "2026-05-01",
    }
    assert client.post(address, data).status_code == 302
    modified = record.modified_at
    record.refresh_from_db()
    assert record.modified_at > modified
    assert record.agreements.get().history.get().history_change_reason == "Signed"


def test_a_listed_record_keeps_its_ends_or_says_why_in_one_go(client) -> None:
    record = make_partnership()
    address = url(registry.Partnership, "change", record.pk)
    data = submitted(client, address, name="Changed", **{"members-1-DELETE": "on"})

    refused = client.post(address, data)
    assert refused.status_code == 200
    assert any("write down why the record names so few" in error for error in errors(refused))
    form = page(refused)
    assert form.select_one("[name=name]")["value"] == "Changed"  # what was typed is still there
    assert form.select_one("[name='members-1-DELETE']").has_attr("checked")
    record.refresh_from_db()
    assert (record.name == "Changed", record.members.count()) == (False, 2)

    taken = client.post(address, data | {"gap_note": "The partner has not been named."})
    assert taken.status_code == 302, errors(taken)
    record.refresh_from_db()
    assert (record.member_count, record.members.count()) == (1, 1)

    # And back: the member returns and the note goes, in one go as well.
    data = submitted(client, address, gap_note="")
    data |= {
        "members-TOTAL_FORMS": "2",
        "members-1-institution": make_institution(country="MW").pk,
        "members-1-role": "partner",
        "members-1-position": "1",
    }
    back = client.post(address, data)
    assert back.status_code == 302, errors(back)
    record.refresh_from_db()
    assert (record.member_count, record.country_count, record.gap_note) == (2, 2, "")


def test_the_primary_topic_moves_from_row_to_row_in_one_go(client) -> None:
    first, second = make_topic("First"), make_topic("Second")
    record = make_partnership(topics=[first, second])
    address = url(registry.Partnership, "change", record.pk)
    data = submitted(client, address)
    assert data["topic_links-0-is_primary"] == ["on"]

    both = client.post(address, data | {"topic_links-1-is_primary": "on"})
    assert "Only one topic can be the primary one." in errors(both)

    del data["topic_links-0-is_primary"]
    moved = client.post(address, data | {"topic_links-1-is_primary": "on"})
    assert moved.status_code == 302, errors(moved)
    assert record.topic_links.get(is_primary=True).topic == second


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"began": "spring 2008"}, "is not a date: write 2008, May 2008 or 14 May 2008."),
        ({"began": "2010", "ended": "2008"}, "A partnership cannot end before it began."),
        ({"name": ""}, "This field is required."),
        ({"stage": "alive"}, "Select a valid choice. alive is not one of the available choices."),
        ({"slug": "no spaces here"}, "Enter a valid “slug”"),
        ({"name": "NUL \x00 byte"}, "Null characters are not allowed."),
    ],
)
def test_a_bad_value_is_named_and_nothing_is_written(client, changes, message) -> None:
    response = client.post(url(registry.Partnership, "add"), a_new_record(**changes))
    assert response.status_code == 200
    assert any(message in error for error in errors(response)), errors(response)
    assert not registry.Partnership.objects.exists()
    assert not registry.Member.objects.exists()


def test_a_member_named_twice_is_an_error_on_the_form(client) -> None:
    data = a_new_record()
    data["members-1-institution"] = data["members-0-institution"]
    response = client.post(url(registry.Partnership, "add"), data)
    assert response.status_code == 200
    assert any("duplicate" in error for error in errors(response)), errors(response)

    record = make_partnership()
    address = url(registry.Partnership, "change", record.pk)
    again = submitted(client, address)
    again |= {
        "members-TOTAL_FORMS": "3",
        "members-2-institution": again["members-0-institution"],
        "members-2-role": "host",
        "members-2-position": "2",
    }
    response = client.post(address, again)
    assert response.status_code == 200
    assert errors(response)
    assert record.members.count() == 2


def test_an_old_address_of_another_record_is_an_error_at_the_field(client) -> None:
    record = make_partnership(slug="first")
    address = url(registry.Partnership, "change", record.pk)
    assert client.post(address, submitted(client, address, slug="second")).status_code == 302
    response = client.post(url(registry.Partnership, "add"), a_new_record(slug="first"))
    assert response.status_code == 200
    field = page(response).select_one(".field-slug .errorlist")
    assert (
        field.text.strip() == "Another partnership had this address once. Choose a different one."
    )


def test_a_form_sent_twice_makes_one_record(client) -> None:
    data = a_new_record()
    assert client.post(url(registry.Partnership, "add"), data).status_code == 302
    again = client.post(url(registry.Partnership, "add"), data)
    assert again.status_code == 200
    assert any("already exists" in error for error in errors(again))
    assert registry.Partnership.objects.count() == 1

    record = registry.Partnership.objects.get()
    address = url(registry.Partnership, "change", record.pk)
    data = submitted(client, address) | {
        "members-TOTAL_FORMS": "3",
        "members-2-institution": make_institution(country="ZM").pk,
        "members-2-role": "host",
        "members-2-position": "2",
    }
    assert client.post(address, data).status_code == 302
    assert client.post(address, data).status_code == 302  # says what the record says by now
    assert record.members.count() == 3

    data = submitted(client, address, gap_note="Left.", **{"members-2-DELETE": "on"})
    assert client.post(address, data).status_code == 302
    assert client.post(address, data).status_code == 302  # its row is gone by now: so be it
    assert record.members.count() == 2
    del data["members-2-DELETE"]
    edited = client.post(address, data | {"members-2-role": "evaluator"})
    assert any("Somebody saved this record" in error for error in errors(edited))
    assert record.members.count() == 2


def test_a_constraint_that_only_the_database_sees_is_a_message(client) -> None:
    """Two requests at the same moment: validation of both passed, the second insert does not."""
    sooner = []

    def somebody_is_sooner(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "partnerships_partnership" ') and not sooner:
            sooner.append("here")
            now = timezone.now()
            row = registry.Partnership(slug="borders-and-blantyre", name="Sooner", kind="network")
            row.created_at = row.modified_at = now
            registry.Partnership.objects.bulk_create([row])
        return execute(sql, params, many, context)

    data = a_new_record()
    with connection.execute_wrapper(somebody_is_sooner):
        response = client.post(url(registry.Partnership, "add"), data)
    assert sooner
    assert response.status_code == 200
    assert any("at the same moment" in error for error in errors(response))
    assert not registry.Member.objects.exists()
