"""The whole dataset: which files there are, and the files themselves with checksums and ranges."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mapapp.api import bulk_schema
from mapapp.api.datapackage import MEDIA_TYPES, descriptor, licence, meaning, sources, title
from mapapp.api.describing import UNCHANGED, described, problems
from mapapp.api.errors import problem
from partnerships.bulk import Bulk, File, NotMade, Snapshot

DESCRIPTOR = "datapackage.json"
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_ADVICE = "Ask again after the seconds in Retry-After. Whoever runs the site: manage.py make_bulk."


_FILE_ANSWERS: dict[Any, Any] = {
    (200, "text/csv"): OpenApiTypes.STR,
    (200, "application/x-ndjson"): OpenApiTypes.STR,
    (200, "application/geo+json"): OpenApiTypes.OBJECT,
    (200, "application/json"): OpenApiTypes.OBJECT,
    (200, "application/gzip"): OpenApiTypes.BINARY,
    304: UNCHANGED,
}
_FILE_ANSWERS |= {
    (206, kind): OpenApiResponse(OpenApiTypes.BINARY, description="The bytes that Range names.")
    for kind in (*MEDIA_TYPES.values(), "application/gzip")
}
_FILE_ANSWERS |= problems((400, 401, 404, 412, 413, 416, 429, 500, 503))


class AsItIs(BaseContentNegotiation):
    """A file has one type, whatever Accept says."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class BulkView(APIView):
    def snapshot(self) -> Snapshot:
        """The files for everybody. Raises NotMade."""
        return Bulk(settings.BULK_DIR, settings.SITE_URL, settings.RELEASE).present()

    def handle_exception(self, exc: Exception) -> Any:
        if not isinstance(exc, NotMade):
            return super().handle_exception(exc)
        answer = problem(503, detail=f"{exc.reason} {_ADVICE}")
        answer["Retry-After"] = str(exc.pause)
        answer["Cache-Control"] = "no-store"
        return answer


class BulkList(BulkView):
    @described("bulk_list", "The whole dataset as files: size, checksum, licence", bulk_schema.Bulk)
    def get(self, request: Request) -> Response:
        found = self.snapshot()
        here = settings.SITE_URL + reverse("api:bulk")
        content = {
            "made": found.made.isoformat(timespec="seconds"),
            "version": found.of,
            "license": licence(),
            "attribution": _attribution(found),
            "sources": sources(),
            "data_dictionary": f"{settings.SITE_URL}{reverse('api:docs')}#tables",
            "datapackage": here + DESCRIPTOR,
            "files": [_told(file, here) for file in found.files.values()],
        }
        return Response(content, headers={"ETag": _tag_of(content)})


def _attribution(found: Snapshot) -> str:
    whose = f" of {settings.OPERATOR_NAME}" if settings.OPERATOR_NAME else ""
    day = f"{found.made.day} {found.made:%B %Y}"
    return (
        f"Contains information from the Health Partnership Map{whose}, {day}, licensed under the "
        "Open Government Licence v3.0."
    )


def _told(file: File, here: str) -> dict[str, Any]:
    return {
        "name": file.name,
        "title": title(file.name),
        "description": meaning(file.name),
        "url": here + file.name,
        "media_type": MEDIA_TYPES[file.name.partition(".")[2]],
        "rows": file.rows,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "gzip": {
            "url": f"{here}{file.name}.gz",
            "bytes": file.gzip_bytes,
            "sha256": file.gzip_sha256,
        },
    }


def _tag_of(content: dict[str, Any]) -> str:
    """By the files that it tells of, whenever and on whichever machine they were made. Not by the
    data's version: the files of a large registry change later."""
    told = {name: value for name, value in content.items() if name not in ("made", "created")}
    return f'"{sha256(json.dumps(told).encode()).hexdigest()[:32]}"'


class BulkFile(BulkView):
    content_negotiation_class = AsItIs

    @extend_schema(
        operation_id="bulk_retrieve",
        summary="One of the files, or datapackage.json",
        description=(
            "The address stays the same and gives what is right now; the ETag is the SHA-256 of "
            "the bytes. `Range` resumes a download; `If-Match` refuses bytes of another version."
        ),
        parameters=[
            OpenApiParameter(
                "name",
                location=OpenApiParameter.PATH,
                description="Name of a file as in the list; with .gz at its end, compressed.",
            ),
            OpenApiParameter(
                "Range",
                location=OpenApiParameter.HEADER,
                description="One range of bytes, such as bytes=1000-; without gzip encoding.",
            ),
        ],
        responses=_FILE_ANSWERS,
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        found = self.snapshot()
        if name == DESCRIPTOR:
            content = descriptor(found)
            text = json.dumps(content, ensure_ascii=False, indent=1)
            headers = {"ETag": _tag_of(content)}
            return HttpResponse(text, content_type="application/json", headers=headers)
        file = found.files.get(name.removesuffix(".gz"))
        if file is None:
            return problem(404, detail="There is no such file. /api/v1/bulk/ lists them.")
        try:
            return _sent(request, found, file, name)
        except FileNotFoundError:  # replaced between the two; there are others now
            found = self.snapshot()
            return _sent(request, found, found.files[file.name], name)


def _sent(request: Request, found: Snapshot, file: File, name: str) -> HttpResponseBase:
    """The file, a part of it, or that the visitor's copy is right."""
    asked = request.headers.get("Range", "")
    is_encoded = not asked and name == file.name and _takes_gzip(request)
    is_twin = is_encoded or name != file.name
    size, digest = (file.gzip_bytes, file.gzip_sha256) if is_twin else (file.bytes, file.sha256)
    tag, kind = f'"{digest}"', _media_type(name)
    headers = {
        "ETag": tag,
        "Last-Modified": http_date(found.made.timestamp()),
        "Cache-Control": "public, no-cache",  # keep it, but ask whether it is right
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(digest)).decode()}:",
    } | ({"Content-Encoding": "gzip"} if is_encoded else {})
    plain = HttpResponse(headers=headers, content_type=kind)
    patch_vary_headers(plain, ["Accept-Encoding"])
    # It is compressed as far as it should be: the middleware that compresses reads this.
    request.META.pop("HTTP_ACCEPT_ENCODING", None)
    made = int(found.made.timestamp())
    decided = get_conditional_response(request, tag, made, plain)
    if decided is not None and decided is not plain:
        return problem(412) if decided.status_code == 412 else decided
    if request.headers.get("If-Range", tag) != tag:
        asked = ""
    part = _part(asked, size)
    if part is None:
        answer = problem(416, detail=f"The file has {size} bytes.")
        answer["Content-Range"] = f"bytes */{size}"
        return answer
    if request.method == "HEAD":
        plain["Content-Length"] = str(size)
        return plain
    source = found.open(f"{file.name}.gz" if is_twin else file.name)
    return _body(source, part, size, plain)


def _body(
    source: IO[bytes], part: tuple[int, int], size: int, plain: HttpResponse
) -> HttpResponseBase:
    start, end = part
    is_whole = part == (0, size)
    answer = FileResponse(source if is_whole else Part(source, start, end))
    if not is_whole:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    answer["Content-Length"] = str(end - start)
    for name, value in plain.items():
        answer[name] = value
    return answer


class Part:
    """The bytes of a file from one place to another, to be read and closed like a file."""

    def __init__(self, source: IO[bytes], start: int, end: int) -> None:
        self._source, self._left = source, end - start
        self.close = source.close
        source.seek(start)

    def read(self, number: int) -> bytes:
        piece = self._source.read(min(number, self._left))
        self._left -= len(piece)
        return piece


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; the whole where no single range is asked for; None
    where there is nothing of it."""
    found = _RANGE.fullmatch(asked.strip())
    if not found or not any(found.groups()):
        return 0, size
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) else None
    start, end = int(first), min(int(last) + 1 if last else size, size)
    if last and int(last) < int(first):
        return 0, size  # not a range at all, says RFC 9110
    return (start, end) if start < size else None


def _takes_gzip(request: Request) -> bool:
    accepted = request.headers.get("Accept-Encoding", "")
    return bool(re.search(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", accepted))


def _media_type(name: str) -> str:
    ending = name.rpartition(".")[2]
    if ending == "csv":
        return "text/csv; charset=utf-8"
    return MEDIA_TYPES.get(ending, "application/gzip")
