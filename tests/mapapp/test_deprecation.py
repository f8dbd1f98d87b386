"""One declaration tells clients, OpenAPI and the docs that something will go."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mapapp.api import deprecation
from mapapp.api.deprecation import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST, ONE = "/api/v1/partnerships/", "/api/v1/countries/"
SINCE, SUNSET = date(2026, 3, 1), date(2027, 9, 1)
EXAMPLES = [
    Notice(LIST, SINCE, "Ask for `topic`.", SUNSET, parameter="funder"),
    Notice(LIST, date(2026, 5, 1), "Read `stage`.", date(2028, 1, 1), field="Partnership.gap_note"),
    Notice(ONE, SINCE, "Use `/api/v1/places/`.", SUNSET),
]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deprecation, "NOTICES", EXAMPLES)


@pytest.mark.usefixtures("declared")
def test_clients_are_told_where_it_concerns_them() -> None:
    address = Client().get(ONE)
    assert address["Deprecation"] == "@1772323200"
    assert address["Sunset"] == "Wed, 01 Sep 2027 00:00:00 GMT"
    assert re.search(r'<http.+/for-partners/>; rel="deprecation"', address["Link"])
    with_parameter = Client().get(LIST, {"funder": ""})
    assert with_parameter["Deprecation"] == "@1772323200"  # the earlier of two
    assert 'rel="first"' in with_parameter["Link"]  # what was there stays
    field_only = Client().get(LIST)
    assert field_only["Deprecation"] == "@1777593600"
    assert field_only["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert "Deprecation" not in Client().get("/api/v1/institutions/")


@pytest.mark.usefixtures("declared")
def test_answers_that_no_view_has_made_say_so_too(settings: Any) -> None:
    settings.API_RATE = "1/min"
    client = Client(REMOTE_ADDR="198.51.100.77")
    assert client.get(ONE).status_code == 200
    late = client.get(ONE)
    assert (late.status_code, late["Deprecation"]) == (429, "@1772323200")
    unknown = client.get("/partnerships.csv/none/")
    assert "Deprecation" not in unknown


@pytest.mark.usefixtures("declared")
@pytest.mark.django_db(transaction=True)
def test_a_304_says_so_too() -> None:
    tag = Client().get(ONE)["ETag"]
    unchanged = Client().get(ONE, headers={"if-none-match": tag})
    assert (unchanged.status_code, unchanged["Sunset"]) == (304, "Wed, 01 Sep 2027 00:00:00 GMT")


def test_nothing_else_is_told_so() -> None:
    assert "Deprecation" not in Client().get(ONE)


@pytest.mark.usefixtures("declared")
def test_openapi_says_so() -> None:
    document = Client().get("/api/v1/schema/?format=json").json()
    assert document["paths"][ONE]["get"]["deprecated"] is True
    operation = document["paths"][LIST]["get"]
    assert "deprecated" not in operation
    marked = [p["name"] for p in operation["parameters"] if p.get("deprecated")]
    assert marked == ["funder"]
    field = document["components"]["schemas"]["Partnership"]["properties"]["gap_note"]
    assert field["deprecated"] is True
    assert field["description"].endswith("gone after 2028-01-01. Read `stage`.")


def told(notices: list[Notice], page: str) -> list[str]:
    """Those of which the page says nothing."""
    return [notice.line for notice in notices if notice.line not in page]


def test_the_docs_say_so() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/api.md").read_text(encoding="utf-8")
    assert told(deprecation.NOTICES, page) == []
    assert ("Nothing is deprecated today." in page) == (not deprecation.NOTICES)
    assert told(EXAMPLES, page) == [notice.line for notice in EXAMPLES]
    assert EXAMPLES[0].line == (
        "| `funder` of `/api/v1/partnerships/` | 2026-03-01 | 2027-09-01 | Ask for `topic`. |"
    )


@pytest.mark.parametrize("notice", [*deprecation.NOTICES, *EXAMPLES], ids=lambda n: n.line)
def test_the_notice_is_as_long_as_promised(notice: Notice) -> None:
    months = 12 if notice.parameter or notice.field else 18
    assert notice.sunset - notice.since >= timedelta(days=30 * months)
