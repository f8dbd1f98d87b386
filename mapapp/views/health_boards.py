"""Health Boards: the list with their champions' posts, and one with its partnerships."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mapapp.querystring import search_for
from mapapp.views.institutions import COUNTED, SHOWN
from partnerships.models import HealthBoard


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
    search = search_for(request, board=slug)
    partnerships = list(search.for_list()[:COUNTED])
    context = {
        "board": board,
        "has_lead": board.has_lead,  # type: ignore[attr-defined]  # an annotation
        "institutions": list(board.institution.children.for_list()),
        "owned": [p for p in partnerships if p.health_board_id == board.pk][:SHOWN],
        "others": [p for p in partnerships if p.health_board_id != board.pk][:SHOWN],
        "count": search.count,
        "question": f"?board={slug}",
        "today": search.today,
    }
    return render(request, "health_boards/detail.html", context)
