"""Topics: the index, and one with its partnerships and the topics that go with it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from mapapp.querystring import search_for
from mapapp.views import page_head
from mapapp.views.subjects import Subject
from partnerships.models import Topic


@require_safe
def topic_list(request: HttpRequest) -> HttpResponse:
    """Every topic in use, by name, with its number of partnerships."""
    search = search_for(request)
    counts = search.tally(("topic",))["topic"]
    rows = [(topic, counts[topic.code]) for topic in Topic.objects.with_codes(counts)]
    return render(request, "topics/list.html", {"rows": rows})


@require_safe
def topic_detail(request: HttpRequest, code: str) -> HttpResponse:
    topic = get_object_or_404(Topic, code=code)
    subject = Subject(request, "topic", topic.code, topic.label)
    subject.name("country", "topic", "board")
    description = topic.description or f"Health partnerships about {topic.label.lower()}."
    context = subject.context() | {
        "topic": topic,
        "countries": subject.links("country"),
        "related": subject.links("topic", to="topic_detail"),
        "boards": subject.links("board"),
        "head": page_head.page_head(
            topic.label, description, f"/topics/{topic.code}/", page_head.topic(topic)
        ),
    }
    return render(request, "topics/detail.html", context)
