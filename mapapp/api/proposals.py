"""Proposals: with a key that may, a partner's software suggests a change, and follows it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import schema
from mapapp.api.describing import NAMED, described
from mapapp.api.errors import problem
from mapapp.api.keys import KeyAuthentication
from mapapp.api.throttling import Budget, spend
from partnerships.choices import Moderation, SuggestionChannel, SuggestionKind, SuggestionState
from partnerships.lookup import Moved, NotFound, partnership_for
from partnerships.models import ApiKey, Partnership, Suggestion
from partnerships.policies.permissions import VISITOR
from partnerships.policies.rates import rate
from partnerships.proposed import in_order
from partnerships.proposed_values import is_text
from partnerships.services import suggestions

MEMBERS = frozenset(["partnership", "base_version", "changes", "why", "source"])
#: What a request may be named: what any software makes of a random number or a UUID.
_NAME = re.compile(r"[\x21-\x7e]{1,100}")
#: What the service calls a thing → what the body calls it.
_CALLED = {"words": "why", "source_url": "source", NON_FIELD_ERRORS: "body"}
_NO_KEY = (
    "Send a key that may propose: “Authorization: Bearer hp_…”. Those who run this site make it."
)
_MAY_NOT = "This key may read and not propose. Ask those who run this site to allow it."
_LATER = "This key has sent as many proposals as it may for now. Wait {} seconds."

_NAME_OF_REQUEST = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="Any name for this request, such as a UUID. Sent again with the same name, it is "
    "answered as it was, and proposed once.",
)


class ObjectParser(JSONParser):
    """JSON, of which anything that cannot be read is a 400: nesting without end too."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError from None


class WithKey(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiKey):
            raise exceptions.AuthenticationFailed(_NO_KEY)
        return True


class MayPropose(WithKey):
    message = _MAY_NOT

    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and _key(request).may_propose


class ProposalList(APIView):
    # A session proposes nothing: whoever is signed in changes records, or suggests on a page.
    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayPropose,)
    parser_classes = (ObjectParser,)

    @described(
        "proposals_create",
        "Propose a change, or a new partnership; people decide",
        schema.Proposal,
        parameters=[_NAME_OF_REQUEST],
        may=(403, 413, 415, 422),
        takes=schema.ProposedChange,
        answers={201: schema.Proposal, 409: schema.Conflict},
        is_kept=False,
    )
    def post(self, request: Request) -> HttpResponseBase:
        budget = _budget(request, 0)
        if budget and budget.is_spent:
            answer: HttpResponseBase = problem(429, detail=_LATER.format(budget.wait))
            answer["Retry-After"] = str(budget.wait)
        else:
            answer, is_kept = _answer(request)
            budget = _budget(request, 1) if is_kept else budget
        if budget:
            budget.tell(answer)
        return answer


class ProposalDetail(APIView):
    authentication_classes = (KeyAuthentication,)
    permission_classes = (WithKey,)

    @described(
        "proposals_retrieve",
        "What has become of a proposal that the same key sent",
        schema.Proposal,
        may=NAMED,
        is_kept=False,
    )
    def get(self, request: Request, id: str) -> HttpResponseBase:  # noqa: A002  # its name outside
        try:
            public_id = UUID(id)
        except ValueError:
            raise Http404 from None
        rows = Suggestion.objects.select_related("partnership")
        found = rows.filter(public_id=public_id, api_key=_key(request)).first()
        if found is None:
            raise Http404
        return _told(found, 200)


def _key(request: Request) -> ApiKey:
    return cast(ApiKey, request.auth)


def _budget(request: Request, cost: int) -> Budget | None:
    """Somebody reads each proposal that is kept, so a key has fewer of them than of questions."""
    text = settings.API_PROPOSAL_RATE
    return spend("proposals", _key(request).prefix, rate(text), cost) if text else None


def _answer(request: Request) -> tuple[HttpResponseBase, bool]:
    """And whether a proposal was kept that was not there before."""
    sender = suggestions.Sender(SuggestionChannel.API, api_key=_key(request))
    try:
        name = _request_name(request)
        named = suggestions.Request(name, _digest(request.data) if name else "")
        # First of all: the record that it was about may be gone.
        if known := suggestions.taken_before(sender=sender, request=named):
            return _told(known, 201, as_made=True), False
        found = suggestions.propose(sender=sender, request=named, **_asked(request.data))
    except ValidationError as error:
        return problem(400, _by_member(error), "Mend what is named in errors."), False
    except suggestions.KeyUsedBefore:
        return _used_before(), False
    except suggestions.StaleVersion as stale:
        return _stale(stale), False
    except suggestions.AlreadyWaiting as waiting:
        return _told(waiting.suggestion, 200), False
    return _told(found, 201, as_made=True), True


def _asked(body: Any) -> dict[str, Any]:
    """The members of the body as the service takes them. Raises ValidationError."""
    if not isinstance(body, dict):
        raise ValidationError({"body": "Send an object with changes, why and what it is about."})
    if not is_text(body):
        raise ValidationError({"body": "This holds a character that no text has."})
    wrong = {str(name)[:80]: "There is no such member." for name in body if name not in MEMBERS}
    texts = {}
    for name in ("partnership", "base_version", "why", "source"):
        texts[name] = body.get(name)
        if texts[name] is not None and not isinstance(texts[name], str):
            wrong[name] = "Write text."
    if "changes" not in body:
        wrong["changes"] = "Say what to change."
    if wrong:
        raise ValidationError(wrong)
    return {
        "partnership": _partnership(texts["partnership"]),
        "base_version": texts["base_version"] or "",
        "changes": body.get("changes"),
        "words": texts["why"] or "",
        "source_url": texts["source"] or "",
    }


def _partnership(name: str | None) -> Partnership | None:
    """The public record with an id or slug, a former one too."""
    if name is None:
        return None
    try:
        try:
            return partnership_for(name, viewer=VISITOR)
        except Moved as moved:
            return partnership_for(moved.slug, viewer=VISITOR)
    except NotFound:
        words = "There is no such public record. Send its id or slug, or null for a new one."
        raise ValidationError({"partnership": words}) from None


def _request_name(request: Request) -> str:
    name: str = request.headers.get("Idempotency-Key", "")
    if name and not _NAME.fullmatch(name):
        raise ValidationError(
            {"Idempotency-Key": "Send 1 to 100 letters, digits and signs without spaces."}
        )
    return name


def _digest(body: Any) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _by_member(error: ValidationError) -> dict[str, list[str]]:
    return {_CALLED.get(name, name): said for name, said in error.message_dict.items()}


def _used_before() -> HttpResponseBase:
    words = "This name was sent with another request. Send a new name for a new request."
    return problem(422, {"Idempotency-Key": [words]})


def _stale(stale: suggestions.StaleVersion) -> HttpResponseBase:
    return problem(
        409,
        {"base_version": ["The record has changed since. Look at it, and propose anew."]},
        "Read the record again, and send its version with what is still to be changed.",
        version=stale.version,
        changed=stale.changed,
        present=_nested(stale.present),
    )


def _told(suggestion: Suggestion, status: int, *, as_made: bool = False) -> Response:
    """`as_made` tells it as it was when it came in, however often that is asked."""
    address = settings.SITE_URL + reverse("api:proposal", args=[suggestion.public_id])
    headers = {"Cache-Control": "no-store"} | ({"Location": address} if as_made else {})
    return Response(_record(suggestion, address, as_made), status=status, headers=headers)


def _record(suggestion: Suggestion, address: str, as_made: bool) -> dict[str, Any]:
    state = SuggestionState.WAITING if as_made else SuggestionState(suggestion.state)
    is_change = suggestion.kind == SuggestionKind.CHANGE
    about = suggestion.partnership
    is_public = about is not None and about.moderation == Moderation.LISTED and not as_made
    return {
        "id": str(suggestion.public_id),
        "url": address,
        "kind": suggestion.kind,
        "state": {"code": state.value, "label": state.label},
        "partnership": str(about.public_id) if about and (is_change or is_public) else None,
        "base_version": suggestion.base_version or None,
        "changes": _nested(suggestion.changes),
        "why": suggestion.words,
        "source": suggestion.source_url or None,
        "accepted": [] if as_made else suggestion.accepted,
        "answer": "" if as_made else suggestion.answer,
        "created": suggestion.created_at.isoformat(),
        "decided": (
            suggestion.decided_at.isoformat() if suggestion.decided_at and not as_made else None
        ),
    }


def _nested(changes: Mapping[str, Any]) -> dict[str, Any]:
    """`learning.uk` as the record has it."""
    found: dict[str, Any] = {}
    for path, value in in_order(dict(changes)).items():
        name, _, part = path.partition(".")
        if part:
            found.setdefault(name, {})[part] = value
        else:
            found[name] = value
    return found
