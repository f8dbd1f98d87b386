"""Pages beside a framework's form: state, new version, preview, versions side by side, files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path

from partnerships.admin.records import REFUSALS, acting, said, why
from partnerships.admin.versioned_files import VersionedFiles
from partnerships.choices import FrameworkShape, FrameworkState, RatingLevel
from partnerships.framework_versions import beside, in_order
from partnerships.models import Framework, Hallmark
from partnerships.policies.framework_files import MOST_BYTES
from partnerships.services import framework_files, frameworks

_LEVELS = [(level.value, level.label) for level in RatingLevel]
#: What may be chosen beside a hallmark of the later version, next to those of the earlier.
UNSAID, NONE = "", "none"


class FrameworkPages(VersionedFiles):
    """For FrameworkAdmin."""

    file_help = "JSON, as a download gives it. It becomes a draft, whole or not at all."
    most_bytes = MOST_BYTES

    def get_urls(self) -> Any:
        pages: list[tuple[str, Any, str]] = [
            ("add/file/", self.file_view, "read"),
            ("<path:key>/file.json", self.download_view, "file"),
            ("<path:key>/preview/", self.preview_view, "preview"),
            ("<path:key>/versions/", self.versions_view, "versions"),
            ("<path:key>/state/", self.state_view, "state"),
        ]
        return [
            path(address, self.admin_site.admin_view(view), name=f"partnerships_framework_{name}")
            for address, view, name in pages
        ] + super().get_urls()  # type: ignore[misc]

    # Doors.

    def _found(self, request: HttpRequest, key: str, *, to_change: bool = False) -> Framework:
        found: Framework | None = self.get_object(request, key)  # type: ignore[attr-defined]
        if found is None:
            raise Http404
        may = self.has_change_permission if to_change else self.has_view_permission
        if not may(request, found):
            raise PermissionDenied
        return found

    def _page(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> HttpResponse:
        context |= self.admin_site.each_context(request)
        context |= {"title": title, "opts": self.opts}
        return TemplateResponse(request, template, context)

    def _back(self, framework: Framework, page: str = "change") -> HttpResponseRedirect:
        return HttpResponseRedirect(self.url_of(page, framework.pk))  # type: ignore[attr-defined]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = kwargs.get("obj")
        may_change = obj is not None and self.has_change_permission(request, obj)
        context |= {"framework": obj, "may_change_framework": may_change}
        if obj is not None:
            context |= {"others": _others(obj), "buttons_of_state": state_buttons(obj)}
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    # Verbs: published, retired, another version.

    def state_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """What the buttons on the form do; nothing without a POST."""
        found = self._found(request, key, to_change=True)
        if request.method != "POST":
            return self._back(found)
        by, reason = acting(request), why(request)
        verb = request.POST.get("verb", "")
        try:
            if verb == "version":
                made = frameworks.make_version(
                    found, version=request.POST.get("version", "")[:40], by=by, reason=reason
                )
                self.message_user(request, f"Draft made: {made}. Change what is different.")
                return self._back(made)
            done = {"publish": frameworks.publish, "retire": frameworks.retire}.get(verb)
            if done and done(found, by=by, reason=reason):
                words = "Published" if verb == "publish" else "Retired"
                self.message_user(request, f"{words}: {found}.", messages.SUCCESS)
        except REFUSALS as refusal:
            for message in said(refusal).messages:
                self.message_user(request, message, messages.ERROR)
        return self._back(found)

    def message_user(self, request: HttpRequest, message: str, level: int = messages.INFO) -> None:
        messages.add_message(request, level, message)

    # As others see it.

    def preview_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """As the public reads it, or with `?as=answer` as a coordinator answers it."""
        found = self._found(request, key)
        found = Framework.objects.with_wording().get(pk=found.pk)
        if request.GET.get("as") == "answer":
            context = _answering(found, request.GET.get("principle", "1"))
            answer = TemplateResponse(request, "frameworks/answering.html", context)
        else:
            context = {
                "framework": found,
                "current": found,
                "is_current": True,
                "versions": [found],
                "preview": True,
                "are_steps": found.shape == FrameworkShape.STEPS,
                "helping": [found.code],
            }
            answer = TemplateResponse(request, "frameworks/framework.html", context)
        answer["X-Robots-Tag"] = "noindex"
        answer["Cache-Control"] = "no-store"
        return answer

    # Two versions.

    def versions_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """This version beside another, and what corresponds, to be stated."""
        found = self._found(request, key, to_change=request.method == "POST")
        others = _others(found)
        if not others:
            self.message_user(request, "There is no other version yet.")
            return self._back(found)
        wanted = request.POST.get("with") or request.GET.get("with", "")
        other = next((row for row in others if str(row.pk) == wanted), _before(found, others))
        later, earlier = (found, other) if _is_later(found, other) else (other, found)
        if request.method == "POST":
            self._state(request, later, earlier)
            address = self.url_of("versions", found.pk)  # type: ignore[attr-defined]
            return HttpResponseRedirect(f"{address}?with={other.pk}")
        wording = Framework.objects.with_wording().in_bulk([later.pk, earlier.pk])
        later, earlier = wording[later.pk], wording[earlier.pk]
        rows = beside(earlier, later)
        return self._page(
            request,
            "admin/framework_versions.html",
            f"Version {later.version} beside version {earlier.version}",
            original=found,
            later=later,
            earlier=earlier,
            other=other,
            others=others,
            rows=rows,
            chosen=_chosen(rows),
            hallmarks=[h for p in earlier.principles.all() for h in p.hallmarks.all()],
            may_change=self.has_change_permission(request, found),
        )

    def _state(self, request: HttpRequest, later: Framework, earlier: Framework) -> None:
        """Write the selects that differ from what corresponds now."""
        now = {new: old for old, new in frameworks.corresponding(earlier, later).items()}
        of_later = {str(row.pk): row for row in frameworks.hallmarks_in(later)}
        of_earlier = {str(row.pk): row for row in frameworks.hallmarks_in(earlier)}
        stated: list[tuple[Hallmark, Hallmark | None]] = []
        for key, hallmark in of_later.items():
            wanted = request.POST.get(f"continues-{key}")
            known = wanted == NONE or wanted in of_earlier
            if known and wanted != str(now.get(hallmark.pk, NONE)):
                stated.append((hallmark, of_earlier.get(wanted or "")))
        try:
            done = frameworks.correspond_all(stated, by=acting(request), reason=why(request))
            self.message_user(request, f"Stated for {done} hallmark{'s' * (done != 1)}.")
        except REFUSALS as refusal:
            for message in said(refusal).messages:
                self.message_user(request, message, messages.ERROR)

    # Files.

    def download_view(self, request: HttpRequest, key: str) -> HttpResponse:
        found = self._found(request, key)
        return self.file_of(found, framework_files.as_values(found))

    def file_view(self, request: HttpRequest) -> HttpResponse:
        return self.read_view(request, framework_files.add)


def _others(framework: Framework) -> list[Framework]:
    rows = Framework.objects.filter(code=framework.code).exclude(pk=framework.pk)
    return in_order(rows)


def _is_later(one: Framework, other: Framework) -> bool:
    return in_order([one, other])[0] is one


def _before(framework: Framework, others: list[Framework]) -> Framework:
    """The version just before, or else the one just after."""
    earlier = [other for other in others if _is_later(framework, other)]
    return earlier[0] if earlier else others[-1]


def _chosen(rows: Any) -> dict[int, str]:
    """Hallmark of the later version → what its select shows."""
    return {
        pair.after.pk: str(pair.before.pk) if pair.before else NONE
        for row in rows
        for pair in row.hallmarks
        if pair.after
    }


def _answering(framework: Framework, asked: str) -> dict[str, Any]:
    """One principle as a coordinator is asked about it; the first where there is no such."""
    steps = list(framework.principles.all())
    shown = next((row for row in steps if str(row.number) == asked), steps[0] if steps else None)
    hallmarks = list(shown.hallmarks.all()) if shown else []
    return {
        "framework": framework,
        "principle": shown,
        "steps": steps,
        "questions": [
            {"hallmark": hallmark, "said": {"level": "", "note": ""}, "seen": "", "error": ""}
            for hallmark in hallmarks
        ],
        "levels": _LEVELS[:4],
        "no_levels": _LEVELS[4:],
        "own_name": "Your institution",
        "other_places": "The other side",
        "see": "sees",
        "everybody": "both",
        "most_note": 1000,
    }


def state_buttons(framework: Framework) -> list[tuple[str, str]]:
    """(verb, label) of the steps that can be taken now."""
    return {
        FrameworkState.DRAFT: [("publish", "Publish")],
        FrameworkState.PUBLISHED: [("retire", "Retire")],
        FrameworkState.RETIRED: [("publish", "Publish again")],
    }[FrameworkState(framework.state)]
