"""The verb that forgets who suggested or answered something, some time after it was decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from partnerships.choices import SuggestionChannel
from partnerships.models import LinkAnswer, Suggestion, UnconfirmedSuggestion
from partnerships.services import links
from partnerships.services.suggestions import keep

#: Days after the decision for which a suggester can follow, mend and be asked.
KEPT = 90
#: Days for which a form without its code is held, sent or not.
HELD = 2
ERASED = "Erased."
#: Software and the calendar are nobody.
_OF_PEOPLE = (SuggestionChannel.PUBLIC_FORM, SuggestionChannel.COORDINATOR)


def erase_suggesters(*, at: datetime) -> tuple[int, int, int]:
    """Erase names, addresses and words of what people suggested, and what was answered, 90 days
    after the decision; what never was confirmed, after two; and what was written in answer to a
    mail, 90 days after it was dealt with. How many of each.

    What was suggested of the record stays, and who decided. Running it again changes nothing.
    """
    decided = Suggestion.objects.waiting_no_longer(at - timedelta(days=KEPT))
    people = decided.filter(channel__in=_OF_PEOPLE, erased_at=None)
    erased = 0
    for key in list(people.values_list("pk", flat=True)):
        erased += _erase(key, at)
    old = UnconfirmedSuggestion.objects.filter(created_at__lt=at - timedelta(days=HELD))
    forgotten, _ = old.delete()
    answers = LinkAnswer.objects.with_old_words(at, days=KEPT)
    keys = list(answers.values_list("pk", flat=True))
    return erased, forgotten, LinkAnswer.objects.filter(pk__in=keys).update(words="")


@transaction.atomic
def _erase(key: int, at: datetime) -> bool:
    row = Suggestion.objects.select_for_update().filter(pk=key, erased_at=None).first()
    if row is None:  # another process has
        return False
    row.suggester_name = row.suggester_email = ""
    row.words = ERASED
    row.answer = ERASED if row.answer else ""
    row.digest = uuid4().hex  # the old one could tell an address that somebody guesses
    row.erased_at = at
    keep(row, by=None, reason="Suggester erased")
    links.revoke(at=at, suggestion=row)
    return True
