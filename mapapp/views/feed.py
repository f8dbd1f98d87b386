"""New and changed partnerships as an Atom feed, for the same question as the list."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from mapapp.headings import heading
from mapapp.querystring import Question, search_from
from mapapp.templatetags.registry import ends
from partnerships.exports import storable
from partnerships.models import Partnership

MOST = 50


@require_safe
def partnership_feed(request: HttpRequest) -> HttpResponse:
    """At most 50 entries, the last changed first; `sort` and `page` change nothing."""
    search = search_from(request)
    if search.errors:
        return JsonResponse({"errors": search.errors}, status=400)
    suffix = Question(request.GET).suffix
    feed = _Feed(
        title="Health Partnership Map: new and changed partnerships",
        link=settings.SITE_URL + reverse("partnership_list") + suffix,
        feed_url=settings.SITE_URL + reverse("partnership_feed") + suffix,
        description=storable(heading(search)),
        language="en-GB",
    )
    for partnership in search.for_feed()[:MOST]:
        _add(feed, partnership)
    content_type = "application/atom+xml; charset=utf-8"
    return HttpResponse(feed.writeString("utf-8"), content_type=content_type)


class _Feed(Atom1Feed):
    """An empty feed is as old as time: with the clock's time no two answers would be the same."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else datetime(1970, 1, 1, tzinfo=UTC)


def _add(feed: Atom1Feed, partnership: Partnership) -> None:
    """An entry keeps its id for ever, also when its address changes."""
    places = " – ".join(end.place for end in ends(partnership) if end.place)
    feed.add_item(
        title=storable(partnership.name),
        link=settings.SITE_URL + reverse("partnership_detail", args=[partnership.slug]),
        unique_id=f"urn:uuid:{partnership.public_id}",
        description=storable(f"{places}. {partnership.summary}".strip()),
        pubdate=partnership.created_at,
        updateddate=partnership.modified_at,
        categories=[storable(link.topic.label) for link in partnership.topic_links.all()],
    )
