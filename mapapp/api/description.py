"""What OpenAPI says of the API as a whole: contact, tags, servers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.urls import reverse

TAGS = {
    "partnerships": "Who works with whom, where and on what.",
    "institutions": "Who takes part, on every side.",
    "lists": "Countries, Health Boards, codes and their labels, principles.",
    "figures": "How many, by what.",
    "keeping in step": "What changed since, and everything at once.",
    "proposals": "Suggest a change; people decide.",
    "start": "Where everything is.",
}
#: Part of an address after /api/v1/ → tag. Anything else is named by its address.
_TAG_OF = {
    "": "start",
    "partnerships": "partnerships",
    "institutions": "institutions",
    "countries": "lists",
    "health-boards": "lists",
    "vocabularies": "lists",
    "topics": "lists",
    "frameworks": "lists",
    "resources": "lists",
    "facets": "figures",
    "statistics": "figures",
    "changes": "keeping in step",
    "bulk": "keeping in step",
    "proposals": "proposals",
}


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: what depends on the installation, and a tag on every operation."""
    contact = {
        "name": settings.OPERATOR_NAME or "The register",
        "url": settings.SITE_URL + reverse("for_partners"),
    }
    if settings.CONTACT_EMAIL:
        contact["email"] = settings.CONTACT_EMAIL
    result["info"]["contact"] = contact
    # Relative to where this was read, so that whoever reads a copy of a site asks that site.
    result["servers"] = [{"url": "/", "description": "The site that serves this description."}]
    used = set()
    for path, operations in result["paths"].items():
        first = path.removeprefix("/api/v1/").split("/")[0]
        tag = _TAG_OF.get(first, first)
        used.add(tag)
        for operation in operations.values():
            operation["tags"] = [tag]
    result["tags"] = [
        {"name": name, "description": meaning} for name, meaning in TAGS.items() if name in used
    ]
    return result


def share(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook that runs last: what many addresses answer alike is written once."""
    shared = result["components"].setdefault("responses", {})
    operations = (each for methods in result["paths"].values() for each in methods.values())
    for answers in (operation["responses"] for operation in operations):
        for status, answer in answers.items():
            if int(status) >= HTTPStatus.MULTIPLE_CHOICES:
                name = HTTPStatus(int(status)).phrase.title().replace(" ", "")
                if shared.setdefault(name, answer) == answer:
                    answers[status] = {"$ref": f"#/components/responses/{name}"}
    return result
