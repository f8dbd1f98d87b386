"""Beside a questionnaire's form: a preview for each side, its file, and reading one from a file."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path

from partnerships.admin.records import REFUSALS, acting, said
from partnerships.choices import Side
from partnerships.models import Questionnaire
from partnerships.policies.questionnaires import Question, wording
from partnerships.services import questionnaires

#: Bytes of a file; the one in the reference data has 24,000.
MOST_BYTES = 300_000


class FileForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="JSON, as a download gives it, under a new version. It becomes a draft, and a "
        "draft of that version is written anew.",
    )
    reason = forms.CharField(
        label="Why", required=False, max_length=300, widget=forms.TextInput(attrs={"size": 60})
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(f"The file is too large: at most {MOST_BYTES // 1000} kB.")
        try:
            return json.loads(file.read().decode("utf-8-sig"))
        except (ValueError, RecursionError):
            raise ValidationError(
                "The file holds no JSON. Send one as a download gives it."
            ) from None


class QuestionnairePages(admin.options.BaseModelAdmin[Any]):
    """For QuestionnaireAdmin."""

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
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = FileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = questionnaires.from_json(
                    form.cleaned_data["file"],
                    by=acting(request),
                    reason=form.cleaned_data["reason"],
                )
            except REFUSALS as refusal:
                form.add_error("file", said(refusal).messages)
            else:
                self.message_user(request, f"Draft made: {made}.", messages.SUCCESS)  # type: ignore[attr-defined]
                address = self.url_of("change", made.pk)  # type: ignore[attr-defined]
                return HttpResponseRedirect(address)
        context = self.admin_site.each_context(request)
        context |= {"title": "Read a questionnaire", "opts": self.opts, "form": form}
        return TemplateResponse(request, "admin/questionnaire_file.html", context)

    def download_view(self, request: HttpRequest, key: str) -> HttpResponse:
        found = self._found(request, key)
        text = json.dumps(questionnaires.as_json(found), ensure_ascii=False, indent=1)
        answer = HttpResponse(f"{text}\n", content_type="application/json; charset=utf-8")
        name = f"{found.code}-{found.version}.json".replace('"', "")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

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


def _texts(question: Question) -> list[tuple[str, str]]:
    """(code, wording) of a question and of its lines; both sides' where they differ."""
    both = [(question.code, question.text), *((row.code, row.text) for row in question.rows)]
    return [
        (code, " / ".join(dict.fromkeys(wording(text, side) for side in Side)))
        for code, text in both
    ]
