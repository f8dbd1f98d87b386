"""The admin's pages: data entry through the services, and what a refusal looks like."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partnerships import models as registry
from partnerships.admin.scoping import Scoped
from partnerships.services import checklists
from tests.factories.records import (
    make_board,
    make_champion,
    make_coordinator,
    make_country,
    make_framework,
    make_institution,
    make_partnership,
    make_topic,
    make_unit,
)

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(model, page: str, *args) -> str:
    return reverse(f"admin:partnerships_{model._meta.model_name}_{page}", args=args)


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def submitted(client: Client, address: str, **changes) -> dict[str, object]:
    """What a browser would send from a form page, with some entries changed."""
    return entries(page(client.get(address))) | changes


def entries(soup: BeautifulSoup) -> dict[str, object]:
    """What the form of a page holds."""
    form = soup.select_one("#content form[method=post]")
    data: dict[str, object] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        name, kind = field["name"], field.get("type")
        if "__prefix__" in name or kind in ("submit", "file"):
            continue
        if field.name == "textarea":
            data[name] = field.text.removeprefix("\n").removeprefix("\r\n")
        elif field.name == "select":
            chosen = [o["value"] for o in field.select("option[selected]") if o.get("value")]
            data[name] = chosen if field.has_attr("multiple") else (chosen or [""])[0]
        elif kind in ("checkbox", "radio"):
            if field.has_attr("checked"):
                data.setdefault(name, [])
                data[name].append(field.get("value", "on"))
        else:
            data[name] = field.get("value", "")
    return data


def errors(response) -> list[str]:
    return [item.text.strip() for item in page(response).select(".errorlist li")]


def said(response) -> list[str]:
    return [item.text.strip() for item in page(response).select(".messagelist li")]


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def client(unit):
    return signed_in(unit)


# ------------------------------------------------------------------------------- every page


def make_one_of_each() -> dict[type, object]:
    """A record for each page of the admin."""
    board = make_board()
    champion = make_champion(board)
    topic = make_topic()
    record = make_partnership(health_board=board, topics=[topic])
    member = record.members.first()
    framework = make_framework()
    run = registry.ImportRun.objects.create(
        file_name="a.csv", file_sha256="0", applied_at="2026-05-01T12:00Z", applied_by=champion
    )
    vocabularies = (registry.Activity, registry.Profession, registry.Funder)
    return {
        registry.Partnership: record,
        registry.Member: member,
        registry.Coordinator: make_coordinator(member),
        registry.Institution: member.institution,
        registry.HealthBoard: board,
        registry.Country: make_country("MW"),
        registry.Champion: champion.tenures.get(),
        registry.User: champion,
        registry.Topic: topic,
        registry.DevelopmentGoal: registry.DevelopmentGoal.objects.create(number=3, label="Health"),
        **{model: model.objects.create(code="a", label="A") for model in vocabularies},
        registry.Framework: framework,
        registry.Principle: framework.principles.first(),
        registry.Hallmark: framework.principles.first().hallmarks.first(),
        registry.Checklist: checklists.open_round(
            partnership=record, framework=framework, by=champion
        ),
        registry.ImportRun: run,
        registry.ImportRow: registry.ImportRow.objects.create(
            run=run, number=2, slug="a", verdict="create", cells={"slug": "a"}
        ),
    }


def test_every_page_of_every_record_opens(client) -> None:
    records = make_one_of_each()
    registered = {
        model for model in admin.site._registry if model._meta.app_label == "partnerships"
    }
    assert set(records) == registered
    assert client.get(reverse("admin:index")).status_code == 200
    for model, record in records.items():
        modeladmin = admin.site.get_model_admin(model)
        assert isinstance(modeladmin, Scoped), model
        changelist = client.get(url(model, "changelist"), {"q": "a"})
        assert changelist.status_code == 200, model
        assert client.get(url(model, "change", record.pk)).status_code == 200, model
        assert client.get(url(model, "history", record.pk)).status_code == 200, model
        assert client.get(url(model, "add")).status_code in (200, 403), model
        assert client.get(url(model, "delete", record.pk)).status_code in (200, 403), model


def test_every_record_that_people_edit_is_in_the_admin() -> None:
    """On a page of its own, or as rows of another's."""
    registered = set(admin.site._registry)
    rows = {
        inline.model
        for modeladmin in admin.site._registry.values()
        for inline in modeladmin.inlines
    } | {registry.Consent, registry.ChecklistMember, registry.ActionPoint}
    derived = {
        registry.SearchDocument,
        registry.FacetValue,
        registry.PublicLocation,
        registry.FormerPartnershipSlug,  # shown on the record
        registry.FormerInstitutionSlug,
        registry.Rating,  # shown on an agreed checklist, and only there
    }
    models = {
        model
        for model in apps.get_app_config("partnerships").get_models()
        if not model.__name__.startswith("Historical") and not model._meta.auto_created
    }
    assert models - derived - registered - rows == set()


def test_nothing_else_has_pages_in_the_admin() -> None:
    assert {model._meta.app_label for model in admin.site._registry} == {"partnerships"}


def test_lists_need_no_more_queries_for_more_records(client) -> None:
    board = make_board()

    def more() -> None:
        make_partnership(health_board=board, topics=[make_topic()])
        make_champion(make_board())
        make_coordinator(make_partnership(health_board=make_board()).members.first())
        checklists.open_round(
            partnership=make_partnership(health_board=board),
            framework=make_framework(),
            by=make_unit(),
        )

    models = [
        registry.Partnership,
        registry.Institution,
        registry.HealthBoard,
        registry.Champion,
        registry.Coordinator,
        registry.User,
        registry.Topic,
        registry.Country,
        registry.Framework,
        registry.Principle,
        registry.Checklist,
    ]

    def counts() -> dict[str, int]:
        found = {}
        for model in models:
            client.get(url(model, "changelist"))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(url(model, "changelist"))
            found[model.__name__] = len(queries)
        return found

    more()
    one = counts()
    more()
    more()
    assert counts() == one


def test_a_record_with_more_members_needs_no_more_queries(client) -> None:
    def queries(members: int) -> int:
        record = make_partnership(
            members=[make_institution(country="GB" if n % 2 else "MW") for n in range(members)],
            topics=[make_topic() for _ in range(members)],
        )
        for member in record.members.all():
            make_coordinator(member)
        address = url(registry.Partnership, "change", record.pk)
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    assert queries(2) == queries(6)


# ------------------------------------------------------------------------------- data entry

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
        began="2008-05",
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
        ({"began": "May 2008"}, "is not a date: write 2008, 2008-05 or 2008-05-03."),
        ({"began": "2010", "ended": "2008"}, "A partnership cannot end before it began."),
        ({"twinning_step": "7"}, "The twinning cycle has the steps 1 to 6."),
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
    again = client.post(address, data)
    assert again.status_code == 200
    assert record.members.count() == 3

    data = submitted(client, address, gap_note="Left.", **{"members-2-DELETE": "on"})
    assert client.post(address, data).status_code == 302
    assert client.post(address, data).status_code == 302  # its row is gone by now: so be it
    assert record.members.count() == 2
    del data["members-2-DELETE"]
    edited = client.post(address, data | {"members-2-role": "evaluator"})
    assert any("Somebody removed one of these rows" in error for error in errors(edited))
    assert record.members.count() == 2


def test_two_people_at_one_record(client) -> None:
    record = make_partnership("A record")
    address = url(registry.Partnership, "change", record.pk)
    mine, theirs = submitted(client, address), submitted(client, address)
    assert client.post(address, theirs | {"name": "Theirs"}).status_code == 302

    response = client.post(address, mine | {"name": "Mine"})
    assert response.status_code == 200
    assert any("Somebody saved this record after you" in error for error in errors(response))
    form = page(response)
    assert form.select_one("[name=name]")["value"] == "Mine"
    record.refresh_from_db()
    assert record.name == "Theirs"

    again = mine | {"name": "Mine", "seen": form.select_one("[name=seen]")["value"]}
    assert client.post(address, again).status_code == 302
    record.refresh_from_db()
    assert record.name == "Mine"


def test_a_constraint_that_only_the_database_sees_is_a_message(client, monkeypatch) -> None:
    """Two requests at the same moment: validation of both passed, the second insert does not."""
    from django.db import IntegrityError

    from partnerships.services import partnerships

    def collide(*args, **kwargs):
        raise IntegrityError("duplicate key")

    monkeypatch.setattr(partnerships, "settle", collide)
    response = client.post(url(registry.Partnership, "add"), a_new_record())
    assert response.status_code == 200
    assert any("at the same moment" in error for error in errors(response))
    assert not registry.Partnership.objects.exists()


# --------------------------------------------------------------------- moderation, deletion


def step(client: Client, record, name: str, value: str, reason: str = ""):
    address = url(registry.Partnership, "change", record.pk)
    return client.post(
        address, submitted(client, address, reason=reason) | {name: value}, follow=True
    )


def test_a_record_is_submitted_returned_and_listed_by_buttons() -> None:
    board = make_board()
    author, deputy = make_champion(board), make_champion(board)
    record = make_partnership(health_board=board, by=author, moderation="draft")

    def buttons(client) -> set[str]:
        form = page(client.get(url(registry.Partnership, "change", record.pk)))
        return {button["value"] for button in form.select("button[name=_step]")}

    assert buttons(signed_in(author)) == {"submitted", "withdrawn"}
    assert "Submitted" in said(step(signed_in(author), record, "_step", "submitted"))[-1]
    refused = step(signed_in(author), record, "_step", "listed")
    assert "Nobody approves their own first listing" in said(refused)[-1]

    unexplained = step(signed_in(deputy), record, "_step", "returned")
    assert "Say why" in said(unexplained)[-1]
    step(signed_in(deputy), record, "_step", "returned", reason="Which ward?")
    assert record.decisions.get(after="returned").reason == "Which ward?"
    step(signed_in(author), record, "_step", "submitted")
    assert buttons(signed_in(deputy)) == {"listed", "returned", "withdrawn"}
    step(signed_in(deputy), record, "_step", "listed")
    record.refresh_from_db()
    assert record.moderation == "listed"


def test_confirming_by_button_and_from_the_list(client, unit) -> None:
    record = make_partnership()
    step(client, record, "_confirm", "partner", reason="By telephone with Dr Banda's office")
    assert record.confirmations.get().how == "By telephone with Dr Banda's office"
    action = {"action": "confirm_uk_side", "_selected_action": [record.pk]}
    response = client.post(url(registry.Partnership, "changelist"), action, follow=True)
    assert said(response) == ["Confirmed for the UK side: 1 record."]
    record.refresh_from_db()
    assert record.uk_confirmed_on == record.partner_confirmed_on == record.last_confirmed_on
    assert {row.confirmed_by for row in record.confirmations.all()} == {unit}


def test_an_action_takes_the_steps_it_can_and_names_the_others(client) -> None:
    good = make_partnership(moderation="draft")
    bad = make_partnership(moderation="draft", members=[make_institution(country="GB")])
    listed = make_partnership()
    action = {"action": "list_publicly", "_selected_action": [good.pk, bad.pk, listed.pk]}
    messages = said(client.post(url(registry.Partnership, "changelist"), action, follow=True))
    assert len(messages) == 3
    assert "Listed: 1 record." in messages
    states = {r.pk: r.moderation for r in registry.Partnership.objects.all()}
    assert states == {good.pk: "listed", bad.pk: "draft", listed.pk: "listed"}


def test_a_record_once_public_is_not_deleted_and_a_draft_is(client, unit) -> None:
    record, draft = make_partnership(), make_partnership(moderation="submitted")
    sent = {"post": "yes", "reason": "A duplicate"}
    refused = client.post(url(registry.Partnership, "delete", record.pk), sent, follow=True)
    assert "Withdraw it; its history stays." in said(refused)[0]
    done = client.post(url(registry.Partnership, "delete", draft.pk), sent, follow=True)
    assert "deleted successfully" in said(done)[0]
    assert list(registry.Partnership.objects.all()) == [record]
    gone = registry.Partnership.history.get(history_type="-")
    assert (gone.history_user, gone.history_change_reason) == (unit, "A duplicate")


def test_an_institution_that_others_rely_on_is_not_deleted(client) -> None:
    institution = make_partnership().members.first().institution
    address = url(registry.Institution, "delete", institution.pk)
    assert "protected related objects" in page(client.get(address)).text
    response = client.post(address, {"post": "yes", "reason": "Tidying"})
    assert response.status_code == 200
    assert registry.Institution.objects.filter(pk=institution.pk).exists()
    unused = make_institution()
    client.post(url(registry.Institution, "delete", unused.pk), {"post": "yes", "reason": "Twice"})
    assert not registry.Institution.objects.filter(pk=unused.pk).exists()


def test_a_member_with_a_part_in_a_checklist_stays(client) -> None:
    record = make_partnership()
    checklists.open_round(partnership=record, framework=make_framework(), by=make_unit())
    address = url(registry.Partnership, "change", record.pk)
    data = submitted(client, address, gap_note="Left", **{"members-1-DELETE": "on"})
    response = client.post(address, data)
    assert response.status_code == 200
    assert any("protected" in error for error in errors(response)), errors(response)
    assert record.members.count() == 2


# ---------------------------------------------------------------------- the other records


def test_an_institution_and_its_other_names(client) -> None:
    address = url(registry.Institution, "add")
    data = submitted(
        client,
        address,
        name="Kamuzu Central Hospital",
        slug="kamuzu-central-hospital",
        kind="hospital",
        country=make_country("MW").pk,
        latitude="-13.9777",
        longitude="33.7858",
    )
    data |= {"aliases-TOTAL_FORMS": "1", "aliases-0-name": "KCH", "aliases-0-kind": "acronym"}
    response = client.post(address, data)
    assert response.status_code == 302, errors(response)
    made = registry.Institution.objects.get()
    assert (made.latitude, made.longitude) == (-13.9777, 33.7858)
    assert " kch" in made.search_text

    address = url(registry.Institution, "change", made.pk)
    for changes, message in [
        ({"latitude": "0", "longitude": "0"}, "0, 0 is a point in the sea"),
        ({"latitude": "91"}, "Latitude must be between"),
        ({"latitude": ""}, "Give both latitude and longitude"),
        ({"latitude": "nan"}, "Enter a number."),
        ({"uk_nation": "SCT"}, "Only institutions in the United Kingdom"),
        ({"parent": made.pk}, "cannot belong to itself"),
        ({"succession_kind": "merged"}, "needs another one that follows it"),
    ]:
        response = client.post(address, submitted(client, address, **changes))
        assert response.status_code == 200, changes
        assert any(message in error for error in errors(response)), (changes, errors(response))


def test_two_institutions_cannot_have_one_number(client) -> None:
    other = make_institution()
    registry.Identifier.objects.create(institution=other, scheme="ROR", value="1")
    made = make_institution()
    address = url(registry.Institution, "change", made.pk)
    data = submitted(client, address) | {
        "identifiers-TOTAL_FORMS": "1",
        "identifiers-0-scheme": "ROR",
        "identifiers-0-value": "1",
    }
    response = client.post(address, data)
    assert "Another institution has this identifier already." in errors(response)


def test_a_champion_is_appointed_with_a_link_and_ended_from_the_list(client) -> None:
    board = make_board()
    address = url(registry.Champion, "add")
    data = submitted(
        client,
        address,
        email="Ada@example.org",
        person="Ada Lovelace",
        board=board.pk,
        role="lead",
        since="2026-01-01",
    )
    response = client.post(address, data, follow=True)
    tenure = registry.Champion.objects.get()
    assert (tenure.user.email, str(tenure.user)) == ("ada@example.org", "Ada Lovelace")
    assert any("/accounts/set-password/" in message for message in said(response))

    second = client.post(address, data | {"email": "bea@example.org"})
    assert any("This Board has a lead champion" in error for error in errors(second))
    assert not registry.User.objects.filter(email="bea@example.org").exists()

    action = {"action": "end_today", "_selected_action": [tenure.pk]}
    assert said(client.post(url(registry.Champion, "changelist"), action, follow=True)) == [
        "Ended: 1 record."
    ]


def test_the_link_of_an_account_with_a_password_is_never_shown(client) -> None:
    person = make_champion(make_board())
    address = url(registry.Champion, "add")
    data = submitted(
        client,
        address,
        email=person.email,
        board=make_board().pk,
        role="deputy",
        since="2026-01-01",
    )
    response = client.post(address, data, follow=True)
    assert registry.Champion.objects.filter(user=person).count() == 2
    assert not any("set-password" in message for message in said(response))


def test_a_coordinator_consents_and_withdraws(client, unit) -> None:
    member = make_partnership().members.first()
    address = f"{url(registry.Coordinator, 'add')}?member={member.pk}"
    data = submitted(client, address, name="Grace Banda", email="grace@example.org")
    assert data["member"] == str(member.pk)
    data |= {
        "consents-TOTAL_FORMS": "1",
        "consents-0-purpose": "show_name",
        "consents-0-notice_version": "2026-01",
        "consents-0-how": "By e-mail",
    }
    response = client.post(url(registry.Coordinator, "add"), data)
    assert response.status_code == 302, errors(response)
    person = registry.Coordinator.objects.get()
    consent = person.consents.get()
    assert (consent.purpose, consent.recorded_by) == ("show_name", unit)

    address = url(registry.Coordinator, "change", person.pk)
    twice = submitted(client, address) | {
        "consents-TOTAL_FORMS": "2",
        "consents-1-purpose": "show_name",
        "consents-1-notice_version": "2026-01",
        "consents-1-how": "Again",
    }
    assert any("stands already" in error for error in errors(client.post(address, twice)))

    withdrawn = submitted(client, address, **{"consents-0-withdraw": "on"})
    response = client.post(address, withdrawn)
    assert response.status_code == 302, errors(response)
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    assert (consent.purpose, consent.how) == ("show_name", "By e-mail")


def test_a_coordinators_name_stays_out_of_djangos_log(client) -> None:
    from django.contrib.admin.models import LogEntry

    person = make_coordinator(make_partnership().members.first(), "Canary Mwale")
    address = url(registry.Coordinator, "change", person.pk)
    client.post(address, submitted(client, address, name="Canary Phiri"))
    client.post(url(registry.Coordinator, "delete", person.pk), {"post": "yes", "reason": "Asked"})
    assert not registry.Coordinator.objects.exists()
    logged = repr(list(LogEntry.objects.values_list("object_repr", "change_message")))
    assert "Canary" not in logged


def test_a_term_in_use_is_retired_and_left_out_of_choices(client) -> None:
    topic = make_topic("Maternity")
    make_partnership(topics=[topic])
    sent = {"post": "yes", "reason": "Tidying"}
    refused = client.post(url(registry.Topic, "delete", topic.pk), sent, follow=True)
    assert registry.Topic.objects.filter(pk=topic.pk).exists(), said(refused)
    choices = {"app_label": "partnerships", "model_name": "partnershiptopic", "field_name": "topic"}
    offered = client.get(reverse("admin:autocomplete"), choices | {"term": "mat"}).json()
    assert [row["text"] for row in offered["results"]] == ["Maternity"]
    action = {"action": "retire", "_selected_action": [topic.pk]}
    client.post(url(registry.Topic, "changelist"), action)
    offered = client.get(reverse("admin:autocomplete"), choices | {"term": "mat"}).json()
    assert offered["results"] == []


def test_institutions_are_offered_with_their_town_and_found_by_any_name(client) -> None:
    institution = make_institution("Queen Elizabeth Central Hospital", city="Blantyre")
    choices = {"app_label": "partnerships", "model_name": "member", "field_name": "institution"}
    offered = client.get(reverse("admin:autocomplete"), choices | {"term": "blant queen"}).json()
    assert offered["results"] == [
        {"id": str(institution.pk), "text": "Queen Elizabeth Central Hospital (Blantyre, Malawi)"}
    ]


def test_answered_wording_is_refused_on_the_form(client) -> None:
    framework = make_framework()
    checklists.open_round(partnership=make_partnership(), framework=framework, by=make_unit())
    address = url(registry.Framework, "change", framework.pk)
    data = submitted(client, address, **{"principles-0-title": "Other words"})
    response = client.post(address, data)
    assert response.status_code == 200
    assert any("Make a new version instead" in error for error in errors(response))


def test_a_checklist_is_opened_and_shows_ratings_only_when_agreed(client) -> None:
    record, framework = make_partnership(), make_framework(principles=1, hallmarks=1)
    address = url(registry.Checklist, "add")
    data = submitted(client, address, partnership=record.pk, framework=framework.pk)
    assert client.post(address, data).status_code == 302
    checklist = registry.Checklist.objects.get()
    again = client.post(address, data)
    assert any("under way" in error for error in errors(again))

    address = url(registry.Checklist, "change", checklist.pk)
    hallmark = checklists.hallmarks_of(framework).get()
    for part in checklist.parts.all():
        checklists.rate(part, hallmark=hallmark, level="3", note="Canary note", by=None)
        checklists.submit(part, by=None)
    assert "Mostly" not in page(client.get(address)).select_one(".field-compared").text

    data = submitted(client, address)
    member = record.members.first()
    data |= {"actions-TOTAL_FORMS": "1", "actions-0-what": "Meet", "actions-0-progress": "to_do"}
    response = client.post(address, data | {"actions-0-member": member.pk})
    assert response.status_code == 302, errors(response)
    assert checklist.actions.get().what == "Meet"

    for part in checklist.parts.all():
        checklists.agree(part, by=None)
    shown = page(client.get(address)).select_one(".field-compared").text
    assert shown.count("Mostly") == 2
    assert "Canary note" not in client.get(address).text


# ------------------------------------------------------------------------------- history


def test_going_back_to_a_version_restores_words_and_never_moderation(client, unit) -> None:
    record = make_partnership("Old name", moderation="draft")
    first = record.history.last()
    address = url(registry.Partnership, "change", record.pk)
    client.post(address, submitted(client, address, name="New name"))
    step(client, record, "_step", "listed")
    record.refresh_from_db()
    assert (record.name, record.moderation) == ("New name", "listed")

    version = url(registry.Partnership, "simple_history", record.pk, first.history_id)
    shown = page(client.get(version)).select_one("#content-main").text
    assert "Old name" in shown
    assert "New name" in shown
    client.post(version, {"reason": "It was right"})
    record.refresh_from_db()
    assert (record.name, record.moderation) == ("Old name", "listed")
    latest = record.history.first()
    assert latest.history_user == unit
    assert latest.history_change_reason.startswith("Back to the version of")
    assert latest.history_change_reason.endswith("It was right")


def test_a_version_that_no_longer_fits_is_refused_with_a_message(client) -> None:
    record = make_partnership(gap_note="", moderation="draft", members=[])
    first = record.history.last()
    address = url(registry.Partnership, "change", record.pk)
    client.post(address, submitted(client, address, gap_note="No member is named."))
    step(client, record, "_step", "listed")
    version = url(registry.Partnership, "simple_history", record.pk, first.history_id)
    response = client.post(version, {"reason": ""}, follow=True)
    assert any("write down why" in message for message in said(response))
    record.refresh_from_db()
    assert record.gap_note == "No member is named."
