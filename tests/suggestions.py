"""Walking through the public form of suggestions as a browser without scripts does."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from bs4 import BeautifulSoup
from django.test import Client

from partnerships.models import OutgoingMail, Partnership, Suggestion
from tests.factories import records
from tests.pages import text

EMAIL, NAME = "nurse.canary@ward.example", "Canaria Verborgen"
WHY = "The summary is out of date, I work there."


def make_record() -> Partnership:
    board = records.make_board("NHS Tayside")
    return records.make_partnership(
        "Emergency care in Blantyre",
        health_board=board,
        members=[
            records.make_institution("Ninewells Hospital", country="GB", city="Dundee"),
            records.make_institution("Queen Elizabeth Central Hospital", city="Blantyre"),
        ],
        topics=[records.make_topic("Surgery"), records.make_topic("Eye health")],
        summary="Old words.",
        uk_learning="Triage.\r\nAnd more.",
        began_on=date(2010, 5, 1),
        began_precision="month",
    )


def soup_of(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def filled(soup: BeautifulSoup, **typed: Any) -> dict[str, Any]:
    """What a browser would send of the page's first form, with what somebody typed."""
    form = soup.select_one("main form[method=post]")
    assert form is not None
    found: dict[str, Any] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name = str(field["name"])
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            found[name] = str(chosen["value"]) if chosen else ""
        elif field.name == "textarea":
            # Browsers leave out the first line break, and send line breaks as CRLF.
            found[name] = re.sub(r"\r?\n", "\r\n", field.text.removeprefix("\n"))
        elif field.get("type") == "checkbox":
            if field.has_attr("checked"):
                found.setdefault(name, []).append(str(field["value"]))
        elif name in found:
            found[name] = [*([found[name]] if isinstance(found[name], str) else found[name])]
            found[name].append(str(field.get("value", "")))
        else:
            found[name] = str(field.get("value", ""))
    return found | typed


def path_of(record: Partnership | None) -> str:
    return f"/partnerships/{record.slug}/suggest/" if record else "/suggest/"


def review(client: Client, record: Partnership | None, **typed: Any) -> Any:
    path = path_of(record)
    start = soup_of(client.get(path))
    given = {"why": WHY, "your_email": EMAIL, "your_name": NAME, "step": "review"} | typed
    return client.post(path, filled(start, **given))


def send(client: Client, record: Partnership | None, **typed: Any) -> Any:
    looked = review(client, record, **typed)
    assert looked.status_code == 200, text(soup_of(looked).select_one("main"))
    return client.post(path_of(record), filled(soup_of(looked), step="send"))


def code() -> str:
    mail = OutgoingMail.objects.filter(kind="suggestion_code").latest("pk")
    assert not re.search(r"\d", mail.subject)  # the unit reads subjects, and no texts
    found = re.search(r"\b\d{6}\b", mail.text)
    assert found is not None
    return found[0]


def confirmed(client: Client, record: Partnership | None, **typed: Any) -> Suggestion:
    sent = send(client, record, **typed)
    assert sent.status_code == 302
    answer = client.post(sent.url, {"code": f" {code()[:3]} {code()[3:]}", "step": "code"})
    assert answer.status_code == 302
    return Suggestion.objects.latest("pk")


def link(kind: str) -> str:
    mail = OutgoingMail.objects.filter(kind=kind).latest("pk")
    found = re.search(r"/suggest/follow/[^/\s]+/", mail.text)
    assert found is not None
    assert found[0] in mail.html
    return found[0]


def decider(record: Partnership) -> Any:
    return records.make_champion(record.health_board)
