"""Institutions, people, lists, principles and checklists in the admin."""

from __future__ import annotations

import pytest
from django.urls import reverse

from partnerships import models as registry
from partnerships.services import actions, agreeing, checklists, frameworks
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
from tests.mapapp.admin.pages import errors, page, said, submitted, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


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


def test_words_for_a_draft_that_was_published_meanwhile_are_refused(client) -> None:
    framework = make_framework(state="draft")
    address = url(registry.Framework, "change", framework.pk)
    data = submitted(client, address, **{"principles-0-title": "Other words"})
    frameworks.publish(framework, by=make_unit())
    response = client.post(address, data)
    assert response.status_code == 200
    assert any("Make a new version instead" in error for error in errors(response))
    assert 'value="Other words"' in response.text


def test_a_checklist_is_opened_and_shows_answers_only_while_members_let_it(client) -> None:
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
        checklists.rate(part, hallmark=hallmark, level="3", note="Canary note")
        checklists.submit(part)
    assert "Mostly" not in page(client.get(address)).select_one(".field-compared").text

    one, other = checklist.parts.all()
    actions.add(one, member=one.member, what="Canary point")
    for part in (one, other):
        checklists.agree(part)
    agreeing.share(one, is_willing=True)
    for hidden in ("Mostly", "Canary"):
        assert hidden not in client.get(address).text
    agreeing.share(other, is_willing=True)
    shown = client.get(address)
    assert page(shown).select_one(".field-compared").text.count("Mostly") == 2
    assert "Canary note" in shown.text
    assert "Canary point" in shown.text
    agreeing.share(one, is_willing=False)
    assert "Canary" not in client.get(address).text


# ----------------------------------------------------------------------- toolkits and guides


def test_a_guide_is_entered_with_topics_and_principles_and_retired(client) -> None:
    framework, topic = make_framework(), make_topic()
    data = submitted(
        client,
        url(registry.Resource, "add"),
        title="Health check", slug="health-check", publisher="THET", summary="A form.",
        audience="both_sides", link="https://example.org/", topics=[str(topic.pk)], reason="New",
    )  # fmt: skip
    data |= {"principles-TOTAL_FORMS": "1", "principles-0-code": f"{framework.code}.p1"}
    answer = client.post(url(registry.Resource, "add"), data)
    assert answer.status_code == 302, errors(answer)

    made = registry.Resource.objects.get()
    assert [row.code for row in made.principles.all()] == [f"{framework.code}.p1"]
    assert list(made.topics.all()) == [topic]
    assert {row.history_change_reason for row in made.history.all()} == {"New"}
    address = url(registry.Resource, "change", made.pk)
    wrong = submitted(client, address, **{"principles-0-code": "nothing"})
    assert any("valid choice" in error for error in errors(client.post(address, wrong)))
    assert page(client.get(address)).select("[name=slug]") == []
    assert client.get(url(registry.Resource, "delete", made.pk)).status_code == 403

    listed = url(registry.Resource, "changelist")
    assert "Health check" in client.get(listed, {"q": "thet", "audience": "both_sides"}).text
    client.post(listed, {"action": "retire", "_selected_action": [made.pk]})
    made.refresh_from_db()
    assert made.retired_on is not None
