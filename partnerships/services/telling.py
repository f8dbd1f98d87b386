"""What suggesters are told by mail: that it has arrived, what was decided, that it is public."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from partnerships.choices import LinkPurpose, SuggestionChannel, SuggestionKind
from partnerships.models import Partnership, Suggestion
from partnerships.services import links, outbox


def tell(suggestion: Suggestion, *, at: datetime) -> None:
    """Mail the state of a suggestion to whoever sent it as a person; once for each state.

    Part of the caller's transaction. Software that proposes asks for itself.
    """
    address = suggestion.suggester_email
    if suggestion.channel == SuggestionChannel.API or not address:
        return
    token = links.make(purpose=LinkPurpose.SUGGESTION, suggestion=suggestion, at=at)
    outbox.put(
        to=address,
        kind="suggestion_received" if suggestion.is_waiting else "suggestion_decided",
        context={
            "suggestion": suggestion,
            "subject": suggestion.subject,
            "link": f"{settings.SITE_URL}/suggest/follow/{token}/",
        },
        at=at,
        once=f"suggestion:{suggestion.public_id}:{suggestion.state}",
    )


def tell_listed(partnership: Partnership, *, at: datetime) -> None:
    """Mail whoever suggested a new partnership that everybody can read it now; once for ever."""
    made = Suggestion.objects.filter(partnership=partnership, kind=SuggestionKind.NEW)
    for suggestion in made.exclude(channel=SuggestionChannel.API).exclude(suggester_email=""):
        outbox.put(
            to=suggestion.suggester_email,
            kind="suggestion_listed",
            context={
                "subject": partnership.name,
                "link": f"{settings.SITE_URL}/partnerships/{partnership.slug}/",
            },
            at=at,
            once=f"suggestion:{suggestion.public_id}:listed",
        )
