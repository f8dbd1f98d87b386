"""Beside a questionnaire's form: a preview for each side, its file, and reading one from a file."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path

from partnerships.admin.versioned_files import VersionedFiles
from partnerships.choices import Side
from partnerships.models import Questionnaire, User
from partnerships.policies.questionnaires import Question, wording
from partnerships.services import questionnaires

#: Bytes of a file; the one in the reference data has 24,000.
MOST_BYTES = 300_000


class QuestionnairePages(VersionedFiles):
    """For QuestionnaireAdmin."""

    file_help = (
        "JSON, as a download gives it, under a new version. It becomes a draft, and a draft of "
        "that version is written anew."
    )
    most_bytes = MOST_BYTES

    def get_urls(self) -> Any:
        pages: list[tuple[str, Any, str]] = [
            ("<path:key>/file.json", self.download_view, "file"),
            ("<path:key>/preview/", self.preview_view, "preview"),
        ]
        return [
            path(address, self.admin_site.admin_view(view), name=f"partnerships_questionnaire_{n}")
            for address, view, n in pages
        ] + super().get_urls()  # type: ignore[misc]

    def _found(self, request: HttpRequest, key: str) -> Questionnaire:
        found: Questionnaire | None = self.get_object(request, key)  # type: ignore[attr-defined]
        if found is None:
            raise Http404
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Adding one means sending a file."""
        return self.read_view(request, _from_file)

    def download_view(self, request: HttpRequest, key: str) -> HttpResponse:
        found = self._found(request, key)
        return self.file_of(found, questionnaires.as_json(found))

    def preview_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """Every question as each side reads it."""
        found = self._found(request, key)
        form = found.form
        context = self.admin_site.each_context(request)
        context |= {
            "title": f"{found}: as each side reads it",
            "opts": self.opts,
            "original": found,
            "form": form,
            "sections": [
                (section, [(question, _texts(question)) for question in section.questions])
                for section in form.sections
            ],
        }
        return TemplateResponse(request, "admin/questionnaire_preview.html", context)


def _from_file(content: bytes, *, by: User, reason: str) -> Questionnaire:
    try:
        given = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ValidationError("The file holds no JSON. Send one as a download gives it.") from None
    return questionnaires.from_json(given, by=by, reason=reason)


def _texts(question: Question) -> list[tuple[str, str]]:
    """(code, wording) of a question and of its lines; both sides' where they differ."""
    both = [(question.code, question.text), *((row.code, row.text) for row in question.rows)]
    return [
        (code, " / ".join(dict.fromkeys(wording(text, side) for side in Side)))
        for code, text in both
    ]
