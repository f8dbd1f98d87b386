"""What may be asked of the API, for OpenAPI. Nothing runs through these."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from mapapp.api.pagination import DEFAULT_SIZE, MOST
from partnerships.filters import MEANINGS, SORTS
from partnerships.resource_search import MEANINGS as RESOURCE_MEANINGS
from partnerships.vocabulary import VOCABULARIES


def _parameter(name: str) -> OpenApiParameter:
    vocabulary = VOCABULARIES.get(name)
    values = list(vocabulary.choices) if vocabulary and vocabulary.choices else None
    return OpenApiParameter(
        name,
        OpenApiTypes.INT if name in ("began_from", "began_to", "page", "sdg") else OpenApiTypes.STR,
        many=name in VOCABULARIES,
        description=MEANINGS[name],
        enum=list(SORTS) if name == "sort" else values,
    )


QUESTION = [_parameter(name) for name in MEANINGS if name != "page"]
PAGE = [
    OpenApiParameter(
        "cursor",
        description="Where the page before ended. Take it from `next` as it is; not with `page`.",
    ),
    _parameter("page"),
    OpenApiParameter(
        "page_size",
        OpenApiTypes.INT,
        description=f"Results on a page, 1 to {MOST}; {DEFAULT_SIZE} unless told.",
    ),
]
CHANGES = [
    OpenApiParameter(
        "since", description="`resume` of the last answer. Left out: everything from the beginning."
    ),
    PAGE[-1],
]
INSTITUTION_QUESTION = [
    OpenApiParameter("q", description="Words in its names, aliases or town, by prefix."),
    OpenApiParameter("country", many=True, description=MEANINGS["country"]),
    OpenApiParameter("nation", many=True, description=MEANINGS["nation"]),
    OpenApiParameter("kind", many=True, description="Code of a kind of institution."),
]
RESOURCE_QUESTION = [
    OpenApiParameter(name, many=True, description=meaning)
    for name, meaning in RESOURCE_MEANINGS.items()
]
