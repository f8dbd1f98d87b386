"""check_resource_links, against a server of our own."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from partnerships.models import Resource
from partnerships.resource_search import helping
from partnerships.services import resources
from tests.factories.records import make_resource, make_unit

pytestmark = pytest.mark.django_db
#: path → (status of HEAD, status of GET); 0 hangs up. All others answer 200.
ANSWERS = {
    "/good": (200, 200),
    "/no-head": (405, 200),
    "/gone": (404, 404),
    "/broken": (500, 500),
    "/silent": (0, 0),
    "/moved": (301, 301),
    "/moved-away": (302, 302),
}
GOES_TO = {"/moved": "/good", "/moved-away": "file:///etc/hostname"}


class Elsewhere(BaseHTTPRequestHandler):
    asked: list[tuple[str, str]] = []

    def answer(self, status: int) -> None:
        self.asked.append((self.command, self.path))
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        if self.path in GOES_TO:
            self.send_header("Location", GOES_TO[self.path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self) -> None:
        self.answer(ANSWERS.get(self.path, (200, 200))[0])

    def do_GET(self) -> None:
        self.answer(ANSWERS[self.path][1])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(Elsewhere, "asked", [])
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def check() -> None:
    call_command("check_resource_links", pause=0, timeout=5)


def test_links_that_answer_are_dated_and_the_others_told(
    site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ANSWERS:
        make_resource(path[1:], slug=path[1:], link=site + path)
    with pytest.raises(CommandError, match="4 of 7 links lead nowhere"):
        check()

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" (")[0].split(": ")[0] for line in lines] == [
        "broken", "gone", "moved-away", "silent",
    ]  # fmt: skip
    assert f"gone: answers 404 ({site}/gone)" in lines
    checked = Resource.objects.filter(last_checked=timezone.localdate()).order_by("slug")
    assert [row.slug for row in checked] == ["good", "moved", "no-head"]
    assert [method for method, path in Elsewhere.asked if path == "/no-head"] == ["HEAD", "GET"]
    assert checked[0].history.first().history_user.username == "system"
    dead = Resource.objects.exclude(unreachable_on=None).order_by("slug")
    assert [row.slug for row in dead] == ["broken", "gone", "moved-away", "silent"]
    assert dead[1].link_problem == "answers 404"


def test_a_link_that_comes_back_or_is_changed_is_dead_no_more(site: str) -> None:
    made = make_resource("gone", link=f"{site}/gone", principles=["thet"])
    with pytest.raises(CommandError):
        check()
    assert helping(["thet.fair"]) == []
    made.refresh_from_db()
    made.link = f"{site}/good"
    assert resources.save(made, by=make_unit())
    assert (made.unreachable_on, made.link_problem) == (None, "")
    assert helping(["thet.fair"]) == [made]


def test_an_address_in_other_letters_is_asked_for_as_servers_know_it(site: str) -> None:
    link = f"{site}/guide%20de-coopération?a=é&b=%20#página"
    made = make_resource("good", link=link)
    check()
    assert {path for _, path in Elsewhere.asked} == {"/guide%20de-coop%C3%A9ration?a=%C3%A9&b=%20"}
    made.refresh_from_db()
    assert (made.link, made.unreachable_on) == (link, None)


def test_nobody_listening_is_told(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    make_resource("closed", link="http://127.0.0.1:9/")
    with pytest.raises(CommandError, match="1 of 1"):
        check()
    assert "closed: no answer: " in capsys.readouterr().out


def test_retired_ones_are_left_alone_and_a_second_run_writes_nothing(
    site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make_resource("old", link=f"{site}/gone", retired_on=timezone.localdate())
    made = make_resource("good", link=f"{site}/good")
    check()
    rows = made.history.count()
    check()
    assert made.history.count() == rows == 2
    assert "All 1 links lead somewhere." in capsys.readouterr().out
    assert {path for _, path in Elsewhere.asked} == {"/good"}
