"""What is kept in versions as data, as a file: one to take away, one to read in as a draft."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from partnerships.admin.records import REFUSALS, acting, said
from partnerships.models import Framework, Questionnaire


class FileForm(forms.Form):
    """`file` is cleaned to its bytes."""

    file = forms.FileField(label="File")
    reason = forms.CharField(
        label="Why", required=False, max_length=300, widget=forms.TextInput(attrs={"size": 40})
    )

    def __init__(self, *args: Any, help_text: str, most_bytes: int) -> None:
        super().__init__(*args)
        self.fields["file"].help_text = help_text
        self.most_bytes = most_bytes

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > self.most_bytes:
            raise ValidationError(f"The file is too large: at most {self.most_bytes // 1000} kB.")
        content: bytes = file.read()
        return content


class VersionedFiles(admin.options.BaseModelAdmin[Any]):
    """For the admin of a model with a code and a version."""

    file_help: str
    #: Bytes.
    most_bytes: int

    def file_of(self, found: Framework | Questionnaire, values: Any) -> HttpResponse:
        text = json.dumps(values, ensure_ascii=False, indent=2)
        answer = HttpResponse(f"{text}\n", content_type="application/json; charset=utf-8")
        name = f"{found.code}-{found.version}.json".replace('"', "")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def read_view(
        self, request: HttpRequest, read: Callable[..., Framework | Questionnaire]
    ) -> HttpResponse:
        """The form, or the page of the draft that `read(content, by=, reason=)` made."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = FileForm(
            request.POST or None,
            request.FILES or None,
            help_text=self.file_help,
            most_bytes=self.most_bytes,
        )
        if request.method == "POST" and form.is_valid():
            told = form.cleaned_data
            try:
                made = read(told["file"], by=acting(request), reason=told["reason"])
            except REFUSALS as refusal:
                form.add_error("file", said(refusal).messages)
            else:
                self.message_user(request, f"Draft made: {made}.", messages.SUCCESS)  # type: ignore[attr-defined]
                return HttpResponseRedirect(self.url_of("change", made.pk))  # type: ignore[attr-defined]
        context = self.admin_site.each_context(request) | {"opts": self.opts, "form": form}
        context["title"] = f"Read a {self.opts.verbose_name}"
        return TemplateResponse(request, "admin/read_file.html", context)
