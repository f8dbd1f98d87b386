"""How a view is told in OpenAPI: parameters, forms of the answer, every status it can give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.fields import empty

from mapapp.api import schema
from mapapp.api.errors import ADVICE, MEDIA_TYPE

#: Any address may give these.
_ALWAYS = (400, 401, 406, 412, 413, 429, 500, 503)
#: Those that the address of one thing may give too; and where it can move or be removed.
NAMED, MOVABLE, REMOVABLE = (404,), (301, 404), (301, 404, 410)
UNCHANGED = OpenApiResponse(description="Yours is the same: If-None-Match names its ETag.")
_STREAMS = {
    "csv": ("text/csv", OpenApiTypes.STR),
    "jsonl": ("application/x-ndjson", OpenApiTypes.STR),
    "geojson": ("application/geo+json", OpenApiTypes.OBJECT),
}


def described(
    operation_id: str,
    summary: str,
    answer: Any,
    *,
    parameters: Sequence[OpenApiParameter] = (),
    formats: Sequence[str] = (),
    shapes: bool = False,
    expand: Iterable[str] = (),
    may: Sequence[int] = (),
    takes: Any = empty,
    answers: Mapping[int, Any] | None = None,
    is_kept: bool = True,
) -> Callable[..., Any]:
    """`formats` are those besides JSON; `shapes` says that `fields` slims the answer, and `expand`
    by what it can be deepened; `may` names further statuses. `takes` is the shape of a body, and
    `answers` those of statuses that have one of their own. What is not kept gets no 304."""
    responses: dict[Any, Any] = {(200, "application/json"): answer}
    for name in formats:
        media_type, kind = _STREAMS[name]
        responses[200, media_type] = kind
    if is_kept:
        responses[304] = UNCHANGED
    if 301 in may:
        responses[301] = OpenApiResponse(description="It has moved: Location says where to.")
    responses |= problems({*_ALWAYS, *may} - {301})
    if {404, 410} <= set(may):  # of a record, which tells what became of it
        responses[410, MEDIA_TYPE] = OpenApiResponse(schema.Removed, description=ADVICE[410])
    for status, shape in (answers or {}).items():
        words = ADVICE.get(status, "")
        media_type = MEDIA_TYPE if status >= HTTPStatus.BAD_REQUEST else "application/json"
        responses[status, media_type] = OpenApiResponse(shape, description=words)
    asked = [*parameters, _format(["json", *formats])]
    if shapes:
        asked.append(_FIELDS)
    if paths := list(expand):
        asked.append(_expand(paths))
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        parameters=asked,
        request=takes,
        responses=responses,
    )


def problems(statuses: Iterable[int]) -> dict[tuple[int, str], OpenApiResponse]:
    """What is told of errors."""
    return {
        (status, MEDIA_TYPE): OpenApiResponse(schema.Problem, description=ADVICE[status])
        for status in sorted(statuses)
    }


def _format(names: list[str]) -> OpenApiParameter:
    meaning = "Form of the answer, whatever Accept says."
    if names[1:]:
        meaning += " All but json hold everything, on no pages."
    return OpenApiParameter("format", description=meaning, enum=names)


_FIELDS = OpenApiParameter(
    "fields",
    description="Only these fields of each record, separated by commas; those inside another after "
    "a dot: `id,name,members.institution.name`. Not with csv.",
)


def _expand(paths: list[str]) -> OpenApiParameter:
    return OpenApiParameter(
        "expand",
        description="Put the whole record in the place of what is only named, separated by commas: "
        f"{', '.join(f'`{path}`' for path in paths)}. Not with csv.",
    )
