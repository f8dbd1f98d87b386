"""Health Boards: the list with their champions' posts, and one with its partnerships."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mapapp.querystring import search_for
from mapapp.views import page_head
from mapapp.views.subjects import SHOWN, Subject
from partnerships.models import HealthBoard
from partnerships.neighbours import owned_by, owned_first


@require_safe
def health_board_list(request: HttpRequest) -> HttpResponse:
    """Every Board with its number of partnerships and whether its lead's post is filled."""
    counts = {o.value: o.count for o in search_for(request).facets(("board",))[0].options}
    boards = HealthBoard.objects.for_list().with_lead(timezone.localdate())
    rows = [
        {
            "board": board,
            "count": counts.get(board.institution.slug, 0),
            "has_lead": board.has_lead,  # type: ignore[attr-defined]  # an annotation
        }
        for board in boards
    ]
    context = {
        "territorial": [row for row in rows if row["board"].is_territorial],
        "special": [row for row in rows if not row["board"].is_territorial],
    }
    return render(request, "health_boards/list.html", context)


@require_safe
def health_board_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A Board with what it owns and what its institutions take part in. Champions stay unnamed."""
    boards = HealthBoard.objects.for_list().with_lead(timezone.localdate())
    board = get_object_or_404(boards, institution__slug=slug)
    return render(request, "health_boards/detail.html", _context(request, board))


def _context(request: HttpRequest, board: HealthBoard) -> dict[str, Any]:
    institution = board.institution
    subject = Subject(request, "board", institution.slug, institution.name)
    subject.name("country", "topic")
    cards = list(owned_first(subject.search.for_list(), board.pk)[:SHOWN])
    owned = owned_by(subject.search.results(), board.pk)
    at = subject.tally["institution"]
    return subject.context(partnerships=cards, colleagues_without=board.pk) | {
        "board": board,
        "has_lead": board.has_lead,  # type: ignore[attr-defined]  # an annotation
        "institutions": [(i, at.get(i.slug, 0)) for i in institution.children.for_list()],
        "owned": owned,
        "owned_cards": [card for card in cards if card.health_board_id == board.pk],
        "others": subject.count - owned,
        "other_cards": [card for card in cards if card.health_board_id != board.pk],
        "countries": subject.links("country"),
        "topics": subject.links("topic"),
        "head": page_head.page_head(
            institution.name,
            f"Health partnerships that {institution.name} owns or takes part in.",
            f"/health-boards/{institution.slug}/",
            page_head.organisation(institution),
        ),
    }
