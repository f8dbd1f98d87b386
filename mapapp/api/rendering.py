"""In which form an answer goes out: chosen by `format` or Accept, and streamed where it is long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.request import MediaType
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import NotAcceptable
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from partnerships import exports, geojson, tables
from partnerships.search import InvalidQuestion

if TYPE_CHECKING:  # the framework reads this module while it makes its views
    from rest_framework.views import APIView

Record = dict[str, Any]
Cut = Callable[[Record], Record] | None


class Negotiation(DefaultContentNegotiation):
    """`format` first, then Accept with its weights; the first type of the address if none is
    preferred. Raises InvalidQuestion for an unknown format, and NotAcceptable."""

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        offered = list(renderers)
        asked = [text.strip() for text in request.query_params.getlist("format") if text.strip()]
        if asked:
            chosen = _of_format(asked, offered)
        else:
            chosen = of_accept(request, offered)
            if chosen is None:
                raise NotAcceptable
        return chosen, chosen.media_type


def _of_format(asked: list[str], offered: list[Any]) -> Any:
    if len(asked) > 1:
        raise InvalidQuestion({"format": ["Give this once."]})
    for renderer in offered:
        if renderer.format == asked[0]:
            return renderer
    names = " or ".join(dict.fromkeys(renderer.format for renderer in offered))
    wrong = f"“{asked[0][:40]}” is not a format of this address. Write {names}."
    raise InvalidQuestion({"format": [wrong]})


def of_accept(request: Request | HttpRequest, offered: list[Any]) -> Any:
    """The renderer that Accept asks for; None where it takes none of them."""
    header = request.headers.get("Accept", "").strip()
    if not header:
        return offered[0]
    # Django reads weights, but takes "*/*" for a type that the header itself rules out.
    refused = {
        str(kind).partition(";")[0]
        for kind in map(MediaType, header.split(","))
        if kind.quality == 0
    }
    types = [each.media_type for each in offered if each.media_type not in refused]
    preferred = request.get_preferred_type(types)
    return next((each for each in offered if each.media_type == preferred), None)


class Json(JSONRenderer):
    """One page, whole."""


class Streamed(BaseRenderer):
    """A form that holds everything that was asked for, sent while it is read."""

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        raise NotImplementedError("Streams are written by streamed().")

    def write(self, records: Iterable[Record], cut: Cut) -> Iterator[str]:
        """Records to pieces of text; `cut` slims each, where the form can be slimmed."""
        raise NotImplementedError


class GeoJson(Streamed):
    media_type, format, charset = geojson.CONTENT_TYPE, "geojson", None

    def write(self, records: Iterable[Record], cut: Cut) -> Iterator[str]:
        return geojson.collection(records, cut)


class JsonLines(Streamed):
    media_type, format, charset = "application/x-ndjson", "jsonl", None

    def write(self, records: Iterable[Record], cut: Cut) -> Iterator[str]:
        return exports.as_json_lines(records, cut)


class Csv(Streamed):
    """Its columns are fixed: records cannot be slimmed or deepened."""

    media_type, format, charset = "text/csv", "csv", "utf-8"

    def write(self, records: Iterable[Record], cut: Cut) -> Iterator[str]:
        return exports.as_csv(records)


class InstitutionCsv(Csv):
    def write(self, records: Iterable[Record], cut: Cut) -> Iterator[str]:
        return tables.as_csv(tables.INSTITUTIONS, records)


PARTNERSHIPS = [Json, GeoJson, Csv, JsonLines]
INSTITUTIONS = [Json, InstitutionCsv, JsonLines]


def streamed(
    request: Request, records: Iterable[Record], name: str, cut: Cut = None
) -> HttpResponseBase:
    """A file of records in the form that the request asks for. Its beginning is read before it
    is answered, so that a database that is away is an error and not half a file."""
    form: Any = request.accepted_renderer
    kind = f"{form.media_type}; charset={form.charset}" if form.charset else form.media_type
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form.format}"'}
    pieces = form.write(records, cut)
    if request.method == "HEAD":
        answer = HttpResponse(content_type=kind, headers=headers)
        patch_vary_headers(answer, ["Accept-Encoding"])  # an empty body is not compressed
        return answer
    beginning = list(islice(pieces, 2))
    return StreamingHttpResponse(chain(beginning, pieces), content_type=kind, headers=headers)


class Metadata(BaseMetadata):
    """What OPTIONS tells: the methods and formats of an address, and where it is described."""

    def determine_metadata(self, request: Request, view: APIView) -> dict[str, Any]:
        return {
            "methods": view.allowed_methods,
            "formats": {each.format: each.media_type for each in view.get_renderers()},
            "described": request.build_absolute_uri("/api/v1/docs/"),
        }
