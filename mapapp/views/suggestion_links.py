"""After a suggestion was sent: the code that proves the address, and the link to follow it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mapapp.api.addresses import address_of
from mapapp.api.throttling import spend
from mapapp.forms.suggesting import initial_of_suggestion
from mapapp.views.suggesting import MAILED_FROM, MAILED_TO, Page, show_again, walk
from partnerships.choices import LinkPurpose, Moderation, SuggestionState
from partnerships.models import Suggestion, UnconfirmedSuggestion
from partnerships.policies.rates import Rate
from partnerships.proposed_words import differences
from partnerships.services import links, unconfirmed
from partnerships.services.unconfirmed import CodeRefused, NoMoreCodes, NotPublic

TRIED = Rate(60, 3600)
_TOO_MANY = "Too many tries came from your network. Wait {} minutes, then try again."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def suggestion_confirm(request: HttpRequest, attempt: UUID) -> HttpResponse:
    """The page for the code, and once it was right what happens next."""
    # A visitor's reads may come from a replica, which may not know it yet.
    rows = UnconfirmedSuggestion.objects.using("default").select_related("partnership")
    held = rows.filter(attempt=attempt).first()
    if held is None:
        return render(request, "suggestions/forgotten.html", status=404)
    if request.method == "POST":
        return _code(request, held) if held.confirmed_at is None else redirect(request.path)
    return _confirm_page(request, held)


def _confirm_page(
    request: HttpRequest, held: UnconfirmedSuggestion, errors: dict[str, str] | None = None
) -> HttpResponse:
    code = request.POST.get("code", "")[:20].replace("\0", "")
    context = {"partnership": held.partnership, "errors": errors or {}, "code": code}
    name = "confirm" if held.confirmed_at is None else "sent"
    return render(request, f"suggestions/{name}.html", context, status=400 if errors else 200)


def _code(request: HttpRequest, held: UnconfirmedSuggestion) -> HttpResponse:
    try:
        if request.POST.get("step") == "again":
            _another(request, held)
        else:
            _spend("suggestion-code", _from(request), TRIED)
            unconfirmed.confirm(held, code=request.POST.get("code", "")[:20], at=timezone.now())
    except CodeRefused as refused:
        return _confirm_page(request, held, {"code": str(refused)})
    except NoMoreCodes:
        return _confirm_page(request, held, {"email": _ENOUGH})
    except NotPublic:
        return render(request, "suggestions/forgotten.html", {"is_withdrawn": True}, status=410)
    except ValidationError as error:
        if request.POST.get("step") == "again":
            return _confirm_page(request, held, {"email": error.messages[0]})
        return show_again(request, Page(held.partnership), _typed(held), error)
    return redirect(request.path)


_ENOUGH = "We have sent enough codes for this suggestion. Look for the newest mail, also in junk."


def _another(request: HttpRequest, held: UnconfirmedSuggestion) -> None:
    address = request.POST.get("email", "").strip()
    if address:
        validate_email(address)
    _spend("suggestion-mail", _from(request), MAILED_FROM)
    _spend("suggestion-mail-to", (address or held.email).lower(), MAILED_TO)
    unconfirmed.send_again(held, email=address, at=timezone.now())


def _from(request: HttpRequest) -> str:
    return address_of(request, settings.NUM_PROXIES)


def _spend(policy: str, who: str, limit: Rate) -> None:
    budget = spend(policy, who, limit, 1)
    if budget.is_over:
        raise CodeRefused(_TOO_MANY.format(budget.wait // 60 + 1))


def _typed(held: UnconfirmedSuggestion) -> QueryDict:
    typed = QueryDict(mutable=True)
    for name, values in held.typed.items():
        typed.setlist(name, values)
    return typed


@require_safe
@never_cache
def suggestion_follow(request: HttpRequest, token: str) -> HttpResponse:
    """What has become of a suggestion, for whoever has its link."""
    try:
        suggestion = _followed(token)
    except links.LinkRefused as refused:
        return render(request, "suggestions/refused.html", {"why": str(refused)}, status=404)
    about = suggestion.partnership
    context = {
        "suggestion": suggestion,
        "rows": differences(suggestion, {}),
        "is_public": about is not None and about.moderation == Moderation.LISTED,
        "mended": getattr(suggestion, "mended", None),
        "token": token,
    }
    return _quiet(render(request, "suggestions/follow.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def suggestion_mend(request: HttpRequest, token: str) -> HttpResponse:
    """The form once more, with what was suggested in it, for a suggestion that was returned."""
    try:
        suggestion = _followed(token)
    except links.LinkRefused as refused:
        return render(request, "suggestions/refused.html", {"why": str(refused)}, status=404)
    about = suggestion.partnership
    if hasattr(suggestion, "mended") or suggestion.state != SuggestionState.RETURNED:
        return redirect("suggestion_follow", token=token)
    if about and about.moderation != Moderation.LISTED:
        return render(request, "suggestions/forgotten.html", {"is_withdrawn": True}, status=410)
    page = Page(about, returned=suggestion)
    page.initial |= initial_of_suggestion(suggestion.changes, page.record) | _told(suggestion)
    return _quiet(walk(request, page))


def _told(suggestion: Suggestion) -> dict[str, Any]:
    board = suggestion.health_board
    told = {"why": suggestion.words[:1300], "source": suggestion.source_url}
    return told | ({"board": board.institution.slug} if board else {})


def _followed(token: str) -> Suggestion:
    """Raises LinkRefused."""
    link = links.find(token, purpose=LinkPurpose.SUGGESTION, at=timezone.now())
    if link.suggestion is None:
        raise Http404
    return link.suggestion


def _quiet(response: HttpResponse) -> HttpResponse:
    """No other site learns the address by being linked to."""
    response["Referrer-Policy"] = "same-origin"
    return response
