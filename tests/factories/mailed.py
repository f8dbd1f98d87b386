"""Links as people have them in their mail, under tokens that a test can name."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from partnerships.models import SignedLink
from partnerships.models.links import digest_of
from partnerships.services import links


def plant_link(token: str, **values: Any) -> SignedLink:
    """A link whose token is known."""
    made = links.make(at=timezone.now(), **values)
    SignedLink.objects.filter(digest=digest_of(made)).update(digest=digest_of(token))
    return links.find(token, purpose=values["purpose"], at=timezone.now())
