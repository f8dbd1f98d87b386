"""Pages behind links in mails: looking changes nothing, because scanners of mail look too."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from mapapp.templatetags.registry import ends, listed
from mapapp.views.partnership_page import facts
from mapapp.views.private import private
from mapapp.views.suggesting import Page, walk
from partnerships.choices import LinkAnswerKind, LinkPurpose
from partnerships.detail import load, terms_of
from partnerships.lookup import partnership_for
from partnerships.models import SignedLink
from partnerships.policies.permissions import VISITOR
from partnerships.policies.record_version import version_of
from partnerships.services import answers, links, mailboxes
from partnerships.services.suggestions import MOST_WORDS


@private
def answer_link(request: HttpRequest, token: str) -> HttpResponse:
    """Whether a record is still right: the record, four answers, and what was answered."""
    now = timezone.now()
    link = answers.asked(token, at=now)
    errors: list[str] = []
    chosen = ""
    if request.method == "POST":
        chosen, words = request.POST.get("answer", ""), _words(request)
        try:
            if chosen not in LinkAnswerKind.values:
                raise ValidationError("Choose one of the four answers.")
            seen = request.POST.get("seen", "")
            answers.answer(link, answer=chosen, words=words, seen=seen, at=now)
        except ValidationError as error:
            errors = error.messages
        else:
            return redirect("answer_link", token=token)
    context = _asked(link) | {"errors": errors, "typed": _words(request), "pressed": chosen}
    return render(request, "links/answer.html", context, status=400 if errors else 200)


@private
def answer_change(request: HttpRequest, token: str) -> HttpResponse:
    """The form for a change, of the record and for the side that a link asks about."""
    link = answers.asked(token, at=timezone.now())
    if answers.given(link):
        return redirect("answer_link", token=token)
    assert link.partnership is not None  # noqa: S101  # `answers.asked` has seen to it
    page = Page(link.partnership, asked=link, initial={"why": _words(request)})
    return walk(request, page, is_first="step" not in request.POST)


def _asked(link: SignedLink) -> dict[str, Any]:
    """The record as the public sees it, the side that is asked, and the answer if there is one."""
    assert link.partnership is not None  # noqa: S101  # `answers.asked` has seen to it
    record = partnership_for(link.partnership.slug, viewer=VISITOR)
    load(record, timezone.localdate())
    both = ends(record)
    own = next(end for end in both if end.side == link.side)
    return {
        "partnership": record,
        "link": link,
        "ends": both,
        "own_names": listed(member.institution.name for member in own.members),
        "facts": facts(record, terms_of(record)),
        "seen": version_of(record.modified_at),
        "given": answers.given(link),
        "most_words": MOST_WORDS,
    }


def _words(request: HttpRequest) -> str:
    return request.POST.get("words", "").replace("\r\n", "\n")


@private
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End recurring mail: a button for people, one request for mail programs (RFC 8058)."""
    now = timezone.now()
    link = links.find(token, purpose=LinkPurpose.UNSUBSCRIBE, at=now)
    if link.mailbox is None:
        raise Http404
    if request.method == "POST":
        if "again" in request.POST:
            mailboxes.take_again(link.mailbox)
        else:
            mailboxes.refuse(link.mailbox, at=now)
        return redirect("unsubscribe", token=token)
    context = {"is_refused": link.mailbox.refused_at is not None}
    return render(request, "links/unsubscribe.html", context)
