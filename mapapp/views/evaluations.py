"""Pages behind the link of an evaluation: start, a section a page, review and sending, paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timesince import timesince

from mapapp.forms.evaluating import Shown, read, shown, to_show, what_was_shown
from mapapp.templatetags.registry import ends, listed
from mapapp.views.private import private
from partnerships.choices import QuestionKind, Side
from partnerships.policies.questionnaires import CONSENTS, ENDS, MOST_WORDS, Question, Section
from partnerships.services import responses
from partnerships.services.partnerships import NotAllowed
from partnerships.services.responses import Asked


@dataclass(frozen=True, slots=True)
class Step:
    """One section, and how much of what it counts is answered: words are extra."""

    number: int
    section: Section
    answered: int
    total: int

    @property
    def is_done(self) -> bool:
        return self.answered == self.total


@private
def evaluation_start(request: HttpRequest, token: str) -> HttpResponse:
    """Who asks, why, how long it takes, who sees what, and how far it is."""
    now = timezone.now()
    asked = responses.asked(token, at=now)
    return render(request, "evaluations/start.html", _about(asked, token, now))


@private
def evaluation_page(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """One section: its questions, or what was answered once the round is closed."""
    now = timezone.now()
    asked = responses.asked(token, at=now)
    step = next((step for step in _steps(asked) if step.number == number), None)
    if step is None:
        raise Http404
    if request.method == "POST":
        return _save(request, asked, step, token, now)
    return render(request, "evaluations/page.html", _page(asked, step, token, now))


def _save(
    request: HttpRequest, asked: Asked, step: Step, token: str, now: datetime
) -> HttpResponse:
    """Go on, or the page once more with what could not be kept."""
    questions = step.section.questions
    typed = read(questions, request.POST, asked.facts)
    before = what_was_shown(request.POST)
    # What has two answers at once is left as it was shown, and asked about.
    fits = {code: value for code, value in typed.typed.items() if code not in typed.wrong}
    fits |= {code: before[code] for code in typed.wrong if code in before}
    try:
        saved = responses.save_page(asked, questions, shown=before, typed=fits, at=now)
    except NotAllowed as refusal:
        context = _page(asked, step, token, now, typed=typed.typed, beside=typed.beside)
        context |= {"refusal": str(refusal)}
        return render(request, "evaluations/page.html", context, status=409)
    wrong = saved.wrong | typed.wrong
    if not wrong and not saved.clashes:
        return _onward(request.POST.get("go", ""), asked, step, token)
    fresh = responses.asked(token, at=now)
    again = {"wrong": wrong, "clashes": saved.clashes, "beside": typed.beside}
    context = _page(fresh, step, token, now, typed=typed.typed, **again)
    return render(request, "evaluations/page.html", context, status=400 if wrong else 409)


def _onward(go: str, asked: Asked, step: Step, token: str) -> HttpResponse:
    if go == "overview":
        return redirect("evaluation_start", token=token)
    number = step.number + (-1 if go == "back" else 1)
    if number < 1:
        return redirect("evaluation_start", token=token)
    if number > len(asked.form.sections):
        return redirect("evaluation_review", token=token)
    return redirect("evaluation_page", token=token, number=number)


@private
def evaluation_review(request: HttpRequest, token: str) -> HttpResponse:
    """Every answer and every gap, what may be shown to whom, and the button that sends; once it is
    closed, what was allowed can be taken away."""
    now = timezone.now()
    asked = responses.asked(token, at=now)
    errors: list[str] = []
    chosen = {name: name in request.POST for name in CONSENTS}
    if request.method == "POST":
        try:
            verb = responses.submit if asked.is_open else responses.take_away
            verb(asked, consents=chosen, at=now)
        except (ValidationError, NotAllowed) as refusal:
            errors = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
        else:
            return redirect("evaluation_start", token=token)
    elif asked.response:
        chosen = dict(asked.response.shares())
    context = _about(asked, token, now) | {
        "errors": errors,
        "sections": [(step, _shown(asked, step)) for step in _steps(asked)],
        "consents": [
            (each, chosen[each.code])
            for each in asked.form.consents
            if asked.is_open or chosen[each.code]
        ],
    }
    return render(request, "evaluations/review.html", context, status=400 if errors else 200)


@private
def evaluation_paper(request: HttpRequest, token: str) -> HttpResponse:
    """All questions on one page, empty, to print."""
    now = timezone.now()
    asked = responses.asked(token, at=now)
    context = _about(asked, token, now)
    empty = [(step, _shown(asked, step, answers={})) for step in _steps(asked)]
    return render(request, "evaluations/paper.html", context | {"sections": empty})


# ---------------------------------------------------------------------------------- what is shown


def _steps(asked: Asked) -> list[Step]:
    steps = []
    for number, section in enumerate(asked.form.sections, start=1):
        counted = [
            question
            for question in section.questions
            if question.kind != QuestionKind.WORDS and not question.matters_most_of
        ]
        answered = sum(_answered(question, asked.answers) for question in counted)
        total = sum(len(question.rows) or 1 for question in counted)
        steps.append(Step(number, section, answered, total))
    return steps


def _answered(question: Question, answers: Mapping[str, Any]) -> int:
    """Of a grid, each line counts."""
    value = answers.get(question.code)
    return len(value) if question.rows and value else int(value is not None)


def _names(asked: Asked) -> dict[str, str]:
    """The two ends as their people call them: “Scotland”, “Malawi and Zambia”."""
    both = ends(asked.invitation.partnership)
    return {end.side: listed(end.places) or ENDS[end.side] for end in both}


def _about(asked: Asked, token: str, now: datetime) -> dict[str, Any]:
    names, steps, invitation = _names(asked), _steps(asked), asked.invitation
    response, other = asked.response, Side.PARTNER if asked.side == Side.UK else Side.UK
    begun = response is not None and bool(response.answers)
    following = next((step for step in steps if not step.is_done), None) if begun else steps[0]
    return {
        "token": token,
        "asked": asked,
        "round": invitation.round,
        "partnership": invitation.partnership,
        "own_name": invitation.member.institution.name,
        "own_end": names[asked.side],
        "other_end": names[other],
        "side": asked.side,
        "response": response if begun else None,
        "saved": timesince(response.saved_at, now) if response else "",
        "steps": steps,
        "answered": sum(step.answered for step in steps),
        "total": sum(step.total for step in steps),
        "next_step": following,
    }


def _shown(asked: Asked, step: Step, *, answers: Any = None, **more: Any) -> list[Shown]:
    return shown(
        step.section.questions,
        answers=asked.answers if answers is None else answers,
        side=asked.side,
        names=_names(asked),
        facts=asked.facts,
        **more,
    )


def _page(
    asked: Asked, step: Step, token: str, now: datetime, *, typed: Any = None, **more: Any
) -> dict[str, Any]:
    """With what was typed where it could not be kept; it starts from what is stored now."""
    rows = _shown(asked, step, answers=typed, stored=asked.answers, **more)
    return _about(asked, token, now) | {
        "step": step,
        "rows": rows,
        "wrong": [row for row in rows if row.error],
        "clashes": [row for row in rows if row.is_clash],
        "shown": to_show(step.section.questions, asked.answers),
        "refusal": "",
        "most_words": MOST_WORDS,
    }
