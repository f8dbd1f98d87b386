"""The first page of the admin: the desk, what can be done there in one press, and two records side
by side."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from partnerships import desk
from partnerships.admin.records import REFUSALS, acting, said, why
from partnerships.admin.scoping import viewer_for
from partnerships.choices import Moderation, Side
from partnerships.models import Partnership
from partnerships.policies.permissions import can_edit
from partnerships.policies.record_version import version_of
from partnerships.proposed import present
from partnerships.proposed_words import Difference, compared_records
from partnerships.records import public_records
from partnerships.services import desk as verbs
from partnerships.services.desk import UNDO_FOR, Done

UNDO = "desk_undo"
#: How the partner side may have said that the record is right.
HOW = ("By e-mail", "By telephone", "In person")
FROM_DESK = "By the champion, on the desk"
#: A fact that may be missing → where its form has it.
FIELDS = {
    "summary": "#id_summary",
    "topics": "#topic_links-group",
    "began": "#id_began",
    "coordinator": "#members-group",
}
_ANCHOR = re.compile(r"[a-z]{1,20}-\d{1,12}")
#: A list of so many things is not for one sitting.
SITTING = 60


def desk_page(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """What needs the viewer, whole or by section and Board."""
    asked = _asked(request.GET)
    viewer, day = viewer_for(request), timezone.localdate()
    try:
        page = max(1, int(asked.get("page", "1")))
        shown = desk.desk_for(
            viewer, day, board=asked.get("board", ""), section=asked.get("section", ""), page=page
        )
    except (desk.NoSuchDesk, ValueError):
        raise Http404("There is no such desk.") from None
    name = shown.board.name if shown.board else "Every Board" if viewer.sees_everything else ""
    context = {
        **site.each_context(request),
        "title": f"{name or 'Your Boards'}: what needs you",
        "desk": shown,
        "asked": asked,
        "greeting": _greeting(),
        "time": _time(shown.minutes),
        "rows": [_rows(each, day) for each in shown.sections],
        "board_rows": _board_rows(shown),
        "previous": _question(asked, page=str(shown.page - 1)),
        "next": _question(asked, page=str(shown.page + 1)),
        "soonest": day + timedelta(days=1),
        "hows": HOW,
        "acts": viewer.edits_everything or bool(viewer.boards),
        "sees_all": viewer.sees_everything,
        "keeps_lists": viewer.edits_everything,
        "undo": _undo(request),
        "own_activity": max(
            (row.own_activity for row in shown.boards if row.own_activity), default=None
        ),
    }
    return TemplateResponse(request, "admin/desk.html", context)


def _asked(given: Any) -> dict[str, str]:
    """The question of a desk, as far as it says anything."""
    return {name: given[name] for name in ("board", "section", "page") if given.get(name)}


def _question(asked: dict[str, str], **changes: str) -> str:
    return f"?{urlencode(asked | changes)}"


def _rows(shown: desk.Shown, day: date) -> dict[str, Any]:
    """A section's rows: each with the anchor of the row after it, and its age in words."""
    items = shown.items
    anchors = [item.anchor for item in items]
    after = [*anchors[1:], anchors[-2] if anchors[1:] else ""]
    ages = [_age(item, day) for item in items]
    ways = [_fill_in(item) for item in items]
    return {
        "section": shown.section,
        "more": shown.more,
        "items": list(zip(items, after, ages, ways, strict=True)),
    }


def _fill_in(item: desk.Item) -> str:
    """The page, and the place on it, where the first missing fact of a record is entered."""
    if item.section.code != "facts" or item.record is None:
        return ""
    first = item.needs[0]
    if first == "coordinator" and (members := list(item.record.members.all())):
        return f"{reverse('admin:partnerships_coordinator_add')}?member={members[-1].pk}"
    return reverse("admin:partnerships_partnership_change", args=[item.record.pk]) + FIELDS[first]


def _board_rows(shown: desk.Desk) -> list[tuple[desk.BoardRow, list[Any]]]:
    """Each Board with its counts of the sections that have anything to do."""
    columns = [each for each, _ in shown.tiles if each.minutes and each.code != "vacancies"]
    return [(row, [(each, row.counts[each.code]) for each in columns]) for row in shown.boards]


def _age(item: desk.Item, day: date) -> str:
    """14 months; in 12 days, of what is still to come; as short as a column is."""
    if item.since is None:
        return "never" if item.section.code == "confirm" else ""
    text = _span(abs((day - item.since).days))
    if not text:
        return "today"
    return f"in {text}" if item.is_ahead else text


def _span(days: int) -> str:
    for unit, length, least in (("year", 365, 730), ("month", 30, 70), ("week", 7, 21)):
        if days >= least:
            return f"{days // length} {unit}s"
    return f"{days} days" if days > 1 else "1 day" if days == 1 else ""


def _greeting() -> str:
    hour = timezone.localtime().hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


def _time(minutes: int) -> str:
    if minutes > SITTING:
        return "ten minutes at a time will do"
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"


def _undo(request: HttpRequest) -> dict[str, Any] | None:
    """What can be taken back, for as long as it can."""
    kept: dict[str, Any] | None = request.session.get(UNDO)
    made = parse_datetime(kept["at"]) if kept else None
    return kept if made and timezone.now() - made < UNDO_FOR else None


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Take one action, and come back to the same place, with what was done or why it was not."""
    take = ACTIONS.get(request.POST.get("action", ""))
    try:
        if take is None:
            raise ValidationError("Choose one of the actions.")
        done = take(request)
        messages.success(request, done.said)
        request.session[UNDO] = done.undo and {
            "undo": done.undo, "said": done.said, "at": timezone.now().isoformat()
        }  # fmt: skip
    except (ObjectDoesNotExist, ValueError, OverflowError):
        messages.error(request, "This is no longer there. Nothing was done.")
    except REFUSALS as refusal:
        for line in said(refusal).messages:
            messages.error(request, line)
    anchor = request.POST.get("then", "")
    question = urlencode(_asked(request.POST))
    return HttpResponseRedirect(
        reverse("admin:index")
        + (f"?{question}" if question else "")
        + (f"#{anchor}" if _ANCHOR.fullmatch(anchor) else "")
    )


def _key(request: HttpRequest, name: str = "key") -> int:
    return int(request.POST.get(name, ""))


def _told(request: HttpRequest) -> dict[str, Any]:
    return {"seen": request.POST.get("seen", ""), "by": acting(request)}


def _right(request: HttpRequest) -> Done:
    return verbs.confirm(_key(request), side=Side.UK, how=FROM_DESK, **_told(request))


def _right_there(request: HttpRequest) -> Done:
    how = request.POST.get("how", "")
    if how not in HOW:
        raise ValidationError("Say how the partner side told you.")
    return verbs.confirm(_key(request), side=Side.PARTNER, how=how, **_told(request))


def _remind(request: HttpRequest) -> Done:
    return verbs.remind(_key(request), side=Side(request.POST.get("side", "")), **_told(request))


def _end(request: HttpRequest) -> Done:
    return verbs.end(_key(request), why=why(request)[:200], **_told(request))


def _submit(request: HttpRequest) -> Done:
    return verbs.moderate(_key(request), to=Moderation.SUBMITTED, why="", **_told(request))


def _list(request: HttpRequest) -> Done:
    return verbs.moderate(
        _key(request), to=Moderation.LISTED, why="From the desk", **_told(request)
    )


def _return(request: HttpRequest) -> Done:
    return verbs.moderate(_key(request), to=Moderation.RETURNED, why=why(request), **_told(request))


def _renew(request: HttpRequest) -> Done:
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        raise ValidationError("Give the day on which it ends now.") from None
    return verbs.renew(_key(request), until=until, by=acting(request))


def _settle(request: HttpRequest) -> Done:
    return verbs.settle(_key(request), by=acting(request))


def _apart(request: HttpRequest) -> Done:
    return verbs.tell_apart(_key(request), _key(request, "other"), by=acting(request))


def _same(request: HttpRequest) -> Done:
    gone, other = _key(request), _key(request, "other")
    if request.POST.get("keep") == str(gone):
        gone, other = other, gone
    seen = {key: request.POST.get(f"seen-{key}", "") for key in (gone, other)}
    return verbs.same(gone, same_as=other, seen=seen, by=acting(request))


def _take_back(request: HttpRequest) -> Done:
    kept = _undo(request)
    request.session[UNDO] = None
    if kept is None:
        raise ValidationError("There is nothing to take back any more.")
    return verbs.take_back(kept["undo"], by=acting(request))


ACTIONS = {
    "right": _right,
    "right_there": _right_there,
    "remind": _remind,
    "end": _end,
    "submit": _submit,
    "list": _list,
    "return": _return,
    "renew": _renew,
    "settle": _settle,
    "apart": _apart,
    "same": _same,
    "undo": _take_back,
}


def compare(request: HttpRequest, site: admin.AdminSite, first: int, second: int) -> HttpResponse:
    """Two records beside each other, field by field, for whoever keeps one of them."""
    viewer = viewer_for(request)
    visible = Partnership.objects.visible_to(viewer).select_related("health_board__institution")
    records = [get_object_or_404(visible, pk=pk) for pk in (first, second)]
    keeps = [can_edit(viewer, board_id=record.health_board_id) for record in records]
    if first == second or not (any(keeps) or viewer.sees_everything):
        raise Http404("These are not yours to compare.")
    keys = sorted([first, second])
    told = dict(zip(keys, public_records(keys, site_url=""), strict=True))
    rows: list[Difference] = compared_records(present(told[first]), present(told[second]))
    context = {
        **site.each_context(request),
        "title": "Are these the same?",
        "records": [
            (record, kept, version_of(record.modified_at))
            for record, kept in zip(records, keeps, strict=True)
        ],
        "rows": rows,
        "acts": any(keeps),
        "merges": all(keeps),
    }
    return TemplateResponse(request, "admin/compare.html", context)
