"""Who tries the doors of the admin, and how a test tells whether one opened."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from partnerships.services import checklists
from tests.factories.records import (
    make_auditor,
    make_board,
    make_champion,
    make_coordinator,
    make_framework,
    make_partnership,
    make_unit,
    make_user,
)
from tests.mapapp.admin.pages import entries, page, signed_in, url

CANARIES = ("Canary Mwale", "canary@example.org", "+265 999 000 111", "Canary of midwifery")
#: Where nobody but those who may gets anything but a refusal: Django hides what is out of scope.
REFUSED = (302, 403, 404)


class World:
    """Two Boards, each with a listed record and a draft, and a coordinator on each."""

    def __init__(self) -> None:
        self.board, self.other_board = make_board("NHS Ours"), make_board("NHS Theirs")
        self.champion = make_champion(self.board)
        self.other = make_champion(self.other_board)
        self.former = make_champion(self.board, until=timezone.localdate())
        self.unit, self.auditor = make_unit(), make_auditor()
        self.superuser = make_user(is_superuser=True, is_staff=True)
        self.nobody = make_user(is_staff=True)
        self.ours = make_partnership("Ours", health_board=self.board)
        self.our_draft = make_partnership("Our draft", health_board=self.board, moderation="draft")
        self.nobodys = make_partnership("Nobody's")
        self.person = make_coordinator(
            self.ours.members.first(),
            CANARIES[0],
            email=CANARIES[1],
            telephone=CANARIES[2],
            job_title=CANARIES[3],
        )
        self.theirs = make_partnership("Theirs", health_board=self.other_board)
        self.checklist = checklists.open_round(
            partnership=self.ours, framework=make_framework(), by=self.champion
        )


def change(record) -> str:
    return url(type(record), "change", record.pk)


def may_open(user, address: str) -> bool:
    status = signed_in(user).get(address).status_code
    assert status == 200 or status in REFUSED, (address, status)
    return status == 200


def may_edit(user, record) -> bool:
    """Whether the page has a button that saves; and a POST does what the button promises."""
    client = signed_in(user)
    response = client.get(change(record))
    if response.status_code != 200:
        assert client.post(change(record), {}).status_code in REFUSED
        return False
    shown = page(response)
    has_button = bool(shown.select(".submit-row [name=_save]"))
    sent = client.post(change(record), entries(shown))
    assert sent.status_code == (302 if has_button else 403), (record, sent.status_code)
    return has_button


def all_pages(world: World) -> list[str]:
    models = list(admin.site._registry)
    addresses = [url(model, "changelist") for model in models]
    addresses += [url(model, "add") for model in models]
    for record in (world.ours, world.person, world.board, world.checklist, world.champion):
        addresses += [
            url(type(record), name, record.pk) for name in ("change", "history", "delete")
        ]
    choices = "?app_label=partnerships&model_name=coordinator&field_name=member&term="
    return [
        reverse("admin:index"),
        reverse("admin:all_records"),
        reverse("admin:board_report", args=[world.board.institution.slug]),
        reverse("admin:compare", args=[world.ours.pk, world.our_draft.pk]),
        reverse("admin:autocomplete") + choices,
        *addresses,
    ]
