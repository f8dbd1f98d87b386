"""What nobody would type: an answer that says so, and never a server error."""

from __future__ import annotations

import pytest
from django.urls import reverse

from partnerships import models as registry
from tests.factories.records import make_institution, make_partnership
from tests.mapapp.admin.pages import url

pytestmark = pytest.mark.django_db
NUL = "a\x00b"


@pytest.mark.parametrize(
    "query",
    [
        {"q": NUL},
        {"moderation__exact": NUL},
        {"country": NUL},
        {"owner": "9" * 30},
        {"owner": "²"},
        {"country": "QQ"},
        {"confirmed": "perhaps"},
        {"p": "zero"},
        {"p": "99999999999"},
        {"o": "99.-99.x"},
        {"id__exact": "x"},
        {"no_such_field": "x"},
        {"q": "word " * 3000},
        {"q": "%_'\""},
        {"all": ""},
    ],
    ids=lambda query: repr(query)[:40],
)
def test_lists(client, query) -> None:
    make_partnership()
    for model in (registry.Partnership, registry.Institution, registry.Coordinator):
        response = client.get(url(model, "changelist"), query, follow=True)
        assert response.status_code in (200, 400), (model, query)


@pytest.mark.parametrize("key", ["x", "0", "-1", "9" * 30, "%00", "_00", "1.5", "²"])
def test_pages_of_records_that_cannot_be(client, key) -> None:
    for name in ("partnership", "institution", "country", "coordinator"):
        for page in ("change", "history", "delete", "history/x", "history/" + "9" * 30):
            address = f"/admin/partnerships/{name}/{key}/{page}/"
            assert client.get(address).status_code in (302, 400, 404), address
            assert client.post(address, {"post": "yes"}).status_code in (302, 400, 404), address


@pytest.mark.parametrize("version", ["x", "0", "9" * 30, "-1", "²"])
def test_versions_that_cannot_be(client, version) -> None:
    address = f"/admin/partnerships/partnership/{make_partnership().pk}/history/{version}/"
    assert client.get(address).status_code == 404
    assert client.post(address, {"reason": NUL}).status_code == 404


@pytest.mark.parametrize("keys", [["x"], [NUL], ["9" * 30], [""], ["1.5"]])
def test_actions_on_rows_that_cannot_be(client, keys) -> None:
    sent = {"action": "submit", "_selected_action": keys}
    response = client.post(url(registry.Partnership, "changelist"), sent, follow=True)
    assert response.status_code in (200, 400)


def test_reasons_with_what_no_database_keeps(client) -> None:
    institution = make_institution()
    sent = {"post": "yes", "reason": NUL * 500}
    assert client.post(url(registry.Institution, "delete", institution.pk), sent).status_code == 302
    reason = registry.Institution.history.get(history_type="-").history_change_reason
    assert reason.startswith("abab")
    assert len(reason) == 300


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"members-TOTAL_FORMS": "x"},
        {"members-TOTAL_FORMS": "100000", "members-INITIAL_FORMS": "0"},
        {"members-TOTAL_FORMS": "1", "members-INITIAL_FORMS": "1", "members-0-id": "x"},
        {"health_board": "x"},
        {"sdgs": ["x", NUL]},
        {"name": "x" * 100_000},
        {"began": "0000"},
        {"_step": "everything"},
        {"seen": NUL},
    ],
    ids=lambda sent: repr(sent)[:40],
)
def test_forms_that_no_browser_sends(client, sent) -> None:
    record = make_partnership()
    for address in (
        url(registry.Partnership, "add"),
        url(registry.Partnership, "change", record.pk),
    ):
        assert client.post(address, sent).status_code == 200, address
    assert registry.Partnership.objects.count() == 1


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"term": "a"},
        {"app_label": "partnerships", "model_name": "member", "field_name": "x", "term": ""},
        {"app_label": "partnerships", "model_name": "x", "field_name": "x", "term": ""},
        {"app_label": "x", "model_name": "x", "field_name": "x", "term": NUL},
    ],
)
def test_autocompletes_of_nothing(client, query) -> None:
    assert client.get(reverse("admin:autocomplete"), query).status_code in (400, 403, 404)


def test_an_autocomplete_with_odd_words(client) -> None:
    field = {"app_label": "partnerships", "model_name": "member", "field_name": "institution"}
    for term in ("%_'\"", "word " * 3000, "…", NUL):
        response = client.get(reverse("admin:autocomplete"), field | {"term": term, "page": "x"})
        assert response.status_code in (200, 400, 404), term
