"""Keeping in step: what was created, changed or removed since a token."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import parameters, schema
from mapapp.api.describing import described
from mapapp.api.errors import problem
from mapapp.api.fields import shape_from
from mapapp.api.links import asking
from mapapp.api.pagination import link_header, page_size
from partnerships.following import Changes, Entry, Outdated, changes_since, records_of
from partnerships.paging import InvalidQuestion

EXPANSIONS = ("record",)
START_ANEW = (
    "This token is from before this registry was restored, or from another one. Start anew: ask "
    "without `since`, and drop what you do not meet."
)


class ChangeList(APIView):
    @described(
        "changes_list",
        "What was created, changed or removed since a token, in order",
        schema.ChangePage,
        parameters=parameters.CHANGES,
        shapes=True,
        expand=EXPANSIONS,
        may=(410,),
    )
    def get(self, request: Request) -> HttpResponseBase:
        shape = shape_from(request, schema.Change, expandable=EXPANSIONS)
        size = page_size(request)
        try:
            found = changes_since(_since(request), size)
        except Outdated:
            return problem(410, {"since": [START_ANEW]}, START_ANEW)
        site = settings.SITE_URL
        records = records_of(found.entries, site_url=site) if shape.expand else None
        following = _address(request, found)
        links = {"first": _address(request, None), "next": following}
        body = {
            "next": following,
            "resume": found.resume,
            "results": [shape.cut(_shown(entry, records)) for entry in found.entries],
        }
        return Response(body, headers={"Link": link_header(links)})


def _since(request: Request) -> str:
    given = [text for text in request.GET.getlist("since") if text.strip()]
    if len(given) > 1:
        raise InvalidQuestion({"since": ["Give this once."]})
    return given[0] if given else ""


def _address(request: Request, found: Changes | None) -> str | None:
    """Where the next page is, or None; without `found` the first one."""
    if found and not found.is_more:
        return None
    query = request.GET.copy()
    query.pop("since", None)
    if found:
        query["since"] = found.resume
    suffix = f"?{query.urlencode()}" if query else ""
    return str(request.build_absolute_uri(request.path + suffix))


def _shown(entry: Entry, records: dict[UUID, dict[str, Any]] | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": entry.kind,
        "type": entry.record_type,
        "id": str(entry.public_id),
        "slug": entry.slug,
        "at": entry.at.isoformat(),
        "url": asking(entry.record_type, name=str(entry.public_id)),
        "why": entry.why or None,
        "successor": str(entry.successor) if entry.successor else None,
    }
    if records is not None:
        shown["record"] = records.get(entry.public_id)
    return shown
