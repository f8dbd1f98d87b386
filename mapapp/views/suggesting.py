"""Suggesting without an account: the form, and a look at what it says before it is sent.

The form carries, signed, what it was made from: so whatever the person did not touch is not
suggested, even where the record has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from mapapp.api.addresses import address_of
from mapapp.api.throttling import spend
from mapapp.forms.suggesting import SHOWN_AT, SuggestionForm, initial_of
from mapapp.templatetags.registry import listed
from mapapp.views.errors import removed
from partnerships import proposed
from partnerships.lookup import Gone, Moved, NotFound, institution_for, partnership_key_for
from partnerships.models import Partnership, SignedLink, Suggestion
from partnerships.policies.permissions import VISITOR
from partnerships.policies.rates import Rate
from partnerships.proposed_words import differences
from partnerships.records import public_records
from partnerships.services import answers, suggestions, unconfirmed
from partnerships.services.unconfirmed import Draft

#: People read before they type; what answers at once is asked to look again.
QUICKEST = timedelta(seconds=2)
#: From one address, which a whole hospital may share; and to one mailbox.
LOOKED, MAILED_FROM, MAILED_TO = Rate(240, 3600), Rate(40, 3600), Rate(6, 86400)
_SALT = "mapapp.suggesting"
#: Parts of a record that the form asks for; its columns are there anyway.
_ASKED = ("members", "topics")
_FORM_DAYS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a form was made from. `reviewed` is the version that its review was compared with."""

    attempt: UUID
    made_at: datetime
    base: Mapping[str, Any]
    reviewed: str = ""

    def signed(self, reviewed: str = "") -> str:
        said = [self.attempt.hex, self.made_at.timestamp(), dict(self.base), reviewed]
        return signing.dumps(said, salt=_SALT, compress=True)


@dataclass(slots=True)
class Page:
    """Of which record, and what its form starts from."""

    partnership: Partnership | None = None
    initial: dict[str, Any] = field(default_factory=dict)
    #: A returned suggestion is mended by the link that its suggester has.
    returned: Suggestion | None = None
    #: A coordinator who was asked by mail: the link proves the address, so no code is asked for.
    asked: SignedLink | None = None
    record: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.partnership:
            key = self.partnership.pk
            self.record = next(public_records([key], site_url="", fields=_ASKED))
            self.initial = initial_of(self.record) | self.initial

    @property
    def is_known(self) -> bool:
        """Whether the mailbox is proven already."""
        return self.returned is not None or self.asked is not None

    @property
    def own_names(self) -> str:
        """The institutions for which whoever follows the link was asked."""
        side = self.asked.side if self.asked else ""
        members = self.record["members"] if self.record else []
        return listed(each["institution"]["name"] for each in members if each["side"] == side)

    @property
    def action(self) -> str:
        """Where its form goes; behind a link it goes back to its own address."""
        if self.is_known:
            return ""
        if self.partnership is None:
            return reverse("suggest_new")
        return reverse("suggest_change", args=[self.partnership.slug])

    @property
    def version(self) -> str:
        return self.record["version"] if self.record else "new"

    def form(self, data: Any = None) -> SuggestionForm:
        return SuggestionForm(
            data, initial=self.initial, record=self.record, is_known=self.is_known
        )

    def unseen(self) -> Seen:
        return Seen(uuid4(), timezone.now(), proposed.present(self.record) if self.record else {})

    def seen(self, text: str) -> Seen:
        """What was signed; made anew where that is too old, or somebody has changed it."""
        try:
            said = signing.loads(text, salt=_SALT, max_age=_FORM_DAYS)
        except signing.BadSignature:
            return self.unseen()
        made_at = datetime.fromtimestamp(said[1], tz=timezone.get_current_timezone())
        return Seen(UUID(said[0]), made_at, said[2], said[3])


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_cache=True)
def suggest_new(request: HttpRequest) -> HttpResponse:
    """A partnership that the register does not know; `?institution=` names one that takes part."""
    initial = {}
    with suppress(Moved, NotFound):
        found = institution_for(request.GET.get("institution", ""))
        initial = {"others": f"{found.name}, {found.country.common_name}"}
    return walk(request, Page(initial=initial))


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_cache=True)
def suggest_change(request: HttpRequest, slug: str) -> HttpResponse:
    """A change of a public record. What was typed of a record that has moved is not lost."""
    try:
        key = partnership_key_for(slug, viewer=VISITOR)
    except Moved as moved:
        if request.method != "POST":
            return redirect("suggest_change", slug=moved.slug, permanent=True)
        key = partnership_key_for(moved.slug, viewer=VISITOR)
    except Gone as gone:
        return removed(request, gone)
    except NotFound:
        raise Http404 from None
    rows = Partnership.objects.select_related("health_board__institution")
    return walk(request, Page(rows.get(pk=key)))


def walk(request: HttpRequest, page: Page, *, is_first: bool = False) -> HttpResponse:
    """One step: the form, a look at what it says, or sending it."""
    if request.method != "POST" or is_first:
        return _form(request, page, page.form(), page.unseen())
    seen = page.seen(request.POST.get("seen", ""))
    form = page.form(request.POST)
    budget = spend("suggesting", address_of(request, settings.NUM_PROXIES), LOOKED, 1)
    if budget.is_over:
        return _form(request, page, form, seen, wait=budget.wait)
    if request.POST.get("step") == "change":
        return _form(request, page, form, seen, is_again=True)
    if timezone.now() - seen.made_at < QUICKEST and request.POST.get("step") != "send":
        form.add_error(None, "That was very quick. Look at it once more, and press the button.")
    draft = _drafted(page, form, seen)
    if draft is None:
        return _form(request, page, form, seen, status=400)
    if request.POST.get("step") != "send" or seen.reviewed != page.version:
        return _review(request, page, form, seen, draft)
    return _send(request, page, form, seen, draft)


def show_again(
    request: HttpRequest, page: Page, typed: QueryDict, error: ValidationError
) -> HttpResponse:
    """The form as it was sent, where the record has changed so that it no longer fits."""
    form = page.form(typed)
    if form.is_valid():
        _tell(form, error)
    return _form(request, page, form, page.unseen(), status=400)


def _form(
    request: HttpRequest,
    page: Page,
    form: SuggestionForm,
    seen: Seen,
    *,
    status: int = 200,
    wait: int = 0,
    is_again: bool = False,
) -> HttpResponse:
    context = {
        "page": page,
        "form": form,
        "sections": form.sections(all_open=page.is_known),
        "seen": seen.signed(),
        "wait": wait // 60 + 1 if wait else 0,
        "shows_errors": not is_again,
        "partnership": page.partnership,
    }
    return _answer(request, "suggestions/form.html", context, 429 if wait else status, wait)


def _review(
    request: HttpRequest,
    page: Page,
    form: SuggestionForm,
    seen: Seen,
    draft: Suggestion,
    *,
    wait: int = 0,
    no_more: bool = False,
) -> HttpResponse:
    context = {
        "page": page,
        "form": form,
        "seen": seen.signed(page.version),
        "rows": differences(draft, {}),
        "draft": draft,
        "is_stale": bool(seen.reviewed) and seen.reviewed != page.version,
        "wait": wait,
        "no_more": no_more,
        "partnership": page.partnership,
    }
    return _answer(
        request, "suggestions/review.html", context, 429 if wait or no_more else 200, wait
    )


def _answer(
    request: HttpRequest, template: str, context: Any, status: int, wait: int
) -> HttpResponse:
    response = render(request, template, context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _drafted(page: Page, form: SuggestionForm, seen: Seen) -> Suggestion | None:
    """The suggestion as it would be, or None and the form says what is wrong."""
    if not form.is_valid():
        return None
    asked = form.proposed()
    if page.record:
        read, errors = proposed.read(asked, record=page.record)
        asked = {n: v for n, v in asked.items() if n in errors or _is_touched(read, n, seen.base)}
    try:
        return suggestions.drafted(
            partnership=page.partnership,
            changes=asked,
            words=form.words(),
            source_url=form.cleaned_data["source"],
        )
    except ValidationError as error:
        _tell(form, error)
        return None


def _tell(form: SuggestionForm, error: ValidationError) -> None:
    for path, said in error.message_dict.items():
        form.add_error(_shown_at(form, path), said)


def _is_touched(read: Mapping[str, Any], name: str, base: Mapping[str, Any]) -> bool:
    if name not in read:
        return False
    was = base.get(name)
    return bool(read[name] != (was.replace("\r\n", "\n").strip() if isinstance(was, str) else was))


def _shown_at(form: SuggestionForm, path: str) -> str | None:
    name = path.removeprefix("changes.")
    shown = SHOWN_AT.get(name) or SHOWN_AT.get(name.partition(".")[0])
    return shown if shown in form.fields and name != NON_FIELD_ERRORS else None


def _send(
    request: HttpRequest, page: Page, form: SuggestionForm, seen: Seen, suggestion: Suggestion
) -> HttpResponse:
    """Into the queue where the mailbox is known; else a code is mailed first."""
    now = timezone.now()
    draft = _draft(request, form, suggestion)
    if page.asked:
        try:
            answers.change(page.asked, draft, at=now)
        except ValidationError as error:
            _tell(form, error)
            return _form(request, page, form, seen, status=400)
        return redirect(request.path.removesuffix("change/"))
    if page.returned:
        # Where somebody was faster, the page of the link says how it stands.
        with suppress(ValidationError, unconfirmed.NotPublic):
            unconfirmed.mend(page.returned, draft, at=now)
        return redirect(request.path.removesuffix("again/"))
    address = address_of(request, settings.NUM_PROXIES)
    counted = [
        spend("suggestion-mail", address, MAILED_FROM, 1),
        spend("suggestion-mail-to", draft.email.lower(), MAILED_TO, 1),
    ]
    if any(budget.is_over for budget in counted):
        wait = max(budget.wait for budget in counted if budget.is_over)
        return _review(request, page, form, seen, suggestion, wait=wait)
    try:
        held = unconfirmed.hold(draft, attempt=seen.attempt, at=now)
    except unconfirmed.NoMoreCodes:
        return _review(request, page, form, seen, suggestion, no_more=True)
    return redirect("suggestion_confirm", attempt=held.attempt)


def _draft(request: HttpRequest, form: SuggestionForm, suggestion: Suggestion) -> Draft:
    board = suggestion.health_board
    return Draft(
        partnership=suggestion.partnership,
        base_version=suggestion.base_version,
        changes=suggestion.changes | ({"health_board": board.institution.slug} if board else {}),
        base=suggestion.base,
        words=suggestion.words,
        source_url=suggestion.source_url,
        name=form.cleaned_data.get("your_name", ""),
        email=form.cleaned_data.get("your_email", ""),
        typed={name: request.POST.getlist(name) for name in form.fields if name != "seen"},
    )
