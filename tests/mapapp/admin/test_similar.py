"""Others that may be the same record: asked while somebody types, and said after saving."""

from __future__ import annotations

import pytest

from partnerships import models as registry
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_institution,
    make_partnership,
    make_topic,
)
from tests.mapapp.admin.pages import page, said, signed_in, url
from tests.mapapp.admin.test_entry import a_new_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def zomba():
    """Two listed records on maternity in Zomba, and a draft of another Board."""
    topic, hidden = make_topic("Maternity"), make_institution("Hidden", city="Zomba")
    hidden.location_level = "country"
    hidden.save()
    for name in ("Safe births", "Midwives of Zomba", "A draft"):
        make_partnership(
            name,
            members=[make_institution(country="GB"), make_institution(city="Zomba")],
            topics=[topic],
            moderation="draft" if name == "A draft" else "listed",
            health_board=make_board(),
        )
    make_partnership("Elsewhere", members=[make_institution(country="GB"), hidden], topics=[topic])
    return topic, make_institution("Zomba Central", city="Zomba")


def asked(user, model, **question):
    answer = signed_in(user).get(url(model, "similar"), question)
    return answer.json()["similar"] if answer.status_code == 200 else answer.status_code


def test_who_else_works_there_on_that(zomba) -> None:
    topic, hospital = zomba
    champion = make_champion()
    question = {"name": "Health link", "institution": [hospital.pk], "topic": [topic.pk]}
    (one,) = asked(champion, registry.Partnership, **question)
    assert one["words"] == "2 others work on maternity in Zomba"
    names = [record["name"] for record in one["records"]]
    assert names == ["Midwives of Zomba", "Safe births"]
    for record in one["records"]:
        assert signed_in(champion).get(record["url"]).status_code == 200

    own = registry.Partnership.objects.get(name="Safe births")
    (one,) = asked(champion, registry.Partnership, name="midwives", without=own.pk)
    assert one["words"] == "1 other has a name like this"
    assert asked(champion, registry.Partnership, name="The health partnership") == []
    assert asked(champion, registry.Partnership, name="A draft", topic=["x" * 99, "1" * 99]) == []
    assert asked(make_auditor(), registry.Partnership, name="midwives") == 403
    assert asked(champion, registry.Institution, name="ZOMBA central", country="MW")[0][
        "records"
    ] == [{"name": "Zomba Central", "url": url(registry.Institution, "change", hospital.pk)}]
    assert asked(champion, registry.Institution, name="Zomba\x00", country="ZM") == 400


def test_it_is_said_after_saving_without_a_script(zomba) -> None:
    topic, hospital = zomba
    board = make_board()
    client, add = signed_in(make_champion(board)), url(registry.Partnership, "add")
    box = page(client.get(add)).select_one("[data-similar]")
    assert box["data-url"] == url(registry.Partnership, "similar")
    data = a_new_record(health_board=board.pk)
    data |= {"members-1-institution": hospital.pk, "topic_links-TOTAL_FORMS": "1"}
    data |= {"topic_links-0-topic": topic.pk}
    told = said(client.post(add, data, follow=True))
    assert any(line.startswith("2 others work on maternity in Zomba") for line in told), told
