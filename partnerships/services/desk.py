"""Verbs of the desk: one press each, refused where the record is not what was shown, and what can
be taken back can be.

Each calls the service that the record's own page calls, so that rules, permissions and history are
the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from partnerships.choices import Moderation, Side, Stage
from partnerships.models import Agreement, Confirmation, LinkAnswer, Partnership, User, viewer_of
from partnerships.policies.permissions import can_edit
from partnerships.policies.record_version import version_of
from partnerships.services import answers, details, lookalikes, merging, partnerships, reminders
from partnerships.services.partnerships import NotAllowed
from partnerships.services.writing import write
from partnerships.versions import changed

#: For so long what was done on the desk can be taken back there.
UNDO_FOR = timedelta(minutes=30)
SIDES = {Side.UK: "uk_confirmed_on", Side.PARTNER: "partner_confirmed_on"}
STALE = "Somebody has changed this record since you looked. Nothing was done: look at it again."


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in words; `undo` holds what `take_back` needs, in plain values."""

    said: str
    undo: dict[str, Any] | None = None


def confirm(
    key: int, *, side: str, how: str, seen: str, by: User, at: datetime | None = None
) -> Done:
    """Say for one side that the record is right as it was shown; once a day at most.

    Raises NotAllowed, and ValidationError where the record has changed since `seen`.
    """
    now = at or timezone.now()
    today = timezone.localdate(now)
    with transaction.atomic():
        record = _as_seen(key, seen)
        before = {name: getattr(record, name) for name in SIDES.values()}
        if before[SIDES[Side(side)]] == today:
            return Done(f"{record} was confirmed today already.")
        made = partnerships.confirm(record, side=side, by=by, how=how, at=now)
    name = "UK" if side == Side.UK else "partner"
    said = f"Confirmed for the {name} side: {record}."
    told = {name: on.isoformat() if on else "" for name, on in before.items()}
    return Done(said, {"verb": "confirm", "made": made.pk, "before": told})


def remind(key: int, *, side: str, seen: str, by: User, at: datetime | None = None) -> Done:
    """Ask the coordinators of one side now; refused while they had a reminder lately. Raises what
    `confirm` raises. A mail cannot be taken back."""
    with transaction.atomic():
        record = _as_seen(key, seen)
        done = reminders.ask(record, side=side, by=by, at=at or timezone.now())
    again = f"{done.again_on:%-d %B %Y}" if done.again_on else ""
    if not done.written:
        raise ValidationError(
            f"Nobody was asked: whoever coordinates {record} there had a reminder within 30 days. "
            f"The next is possible on {again}."
        )
    people = "1 coordinator" if done.written == 1 else f"{done.written} coordinators"
    others = f" Others had a reminder lately; they can be asked from {again}." if again else ""
    return Done(f"A mail goes to {people}: {record}.{others}")


def end(key: int, *, why: str, seen: str, by: User, at: datetime | None = None) -> Done:
    """Say that a partnership has ended. Raises what `confirm` raises."""
    with transaction.atomic():
        record = _as_seen(key, seen)
        before = {"stage": record.stage, "stage_reason": record.stage_reason}
        partnerships.update(
            record,
            by=by,
            values={"stage": Stage.ENDED, "stage_reason": why},
            reason=why or "Ended, said on the desk",
            at=at,
        )
    after = version_of(record.modified_at)
    return Done(
        f"Ended: {record}. It stays as history.",
        {"verb": "end", "record": record.pk, "after": after, "before": before},
    )


def moderate(key: int, *, to: str, why: str, seen: str, by: User) -> Done:
    """Submit, list or return a record as it was shown. Raises what `confirm` raises."""
    words = {
        Moderation.SUBMITTED: "Submitted",
        Moderation.LISTED: "Listed for the public",
        Moderation.RETURNED: "Returned with your words",
    }
    with transaction.atomic():
        record = _as_seen(key, seen)
        before = record.moderation
        partnerships.moderate(record, to=to, by=by, reason=why)
        record.refresh_from_db()
    undo = {"verb": "step", "record": key, "before": before, "to": to}
    # What was public for a moment may have been read: that is no slip to be taken back.
    kept = None if to == Moderation.LISTED else undo | {"after": version_of(record.modified_at)}
    return Done(f"{words[Moderation(to)]}: {record}.", kept)


@transaction.atomic
def same(
    key: int, *, same_as: int, seen: dict[int, str], by: User, at: datetime | None = None
) -> Done:
    """Withdraw a record because another is the same, and let its addresses lead there. Both must be
    as they were shown; raises what `confirm` raises."""
    gone, other = (_as_seen(pk, seen.get(pk, "")) for pk in (key, same_as))
    before = merging.withdraw_for(gone, same_as=other, by=by, at=at)
    gone.refresh_from_db()
    return Done(
        f"Withdrawn: {gone}. Its addresses lead to {other} now.",
        {
            "verb": "same",
            "record": key,
            "before": before,
            "after": version_of(gone.modified_at),
        },
    )


def renew(key: int, *, until: date, by: User, at: datetime | None = None) -> Done:
    """Write down that an agreement was renewed, and when it ends now."""
    now = at or timezone.now()
    with transaction.atomic():
        agreement = Agreement.objects.select_for_update().get(pk=key)
        record = agreement.partnership
        if agreement.expires_on is not None and until <= agreement.expires_on:
            raise ValidationError("Give a day that is later than the one on which it ends now.")
        before = {
            "expires_on": _iso(agreement.expires_on),
            "renewed_on": _iso(agreement.renewed_on),
        }
        agreement.expires_on, agreement.renewed_on = until, timezone.localdate(now)
        _write_agreement(agreement, record, by, "Renewed, said on the desk", now)
    return Done(
        f"Renewed until {until:%-d %B %Y}: {agreement.title}, {record}.",
        {"verb": "renew", "agreement": key, "after": until.isoformat(), "before": before},
    )


def settle(key: int, *, by: User, at: datetime | None = None) -> Done:
    """Say that an answer to a reminder has been dealt with."""
    answer = LinkAnswer.objects.select_related("partnership").get(pk=key)
    if not answers.settle(answer, by=by, at=at):
        return Done("Somebody has dealt with this answer already.")
    undo = {"verb": "settle", "answer": key}
    return Done(f"Dealt with: the answer about {answer.partnership}.", undo)


def tell_apart(one: int, other: int, *, by: User, at: datetime | None = None) -> Done:
    """Remember that two records are not the same."""
    first, second = (Partnership.objects.get(pk=pk) for pk in (one, other))
    if not lookalikes.tell_apart(first, second, by=by, at=at):
        return Done(f"Somebody has said so already: {first} and {second} are not the same.")
    undo = {"verb": "apart", "one": one, "other": other}
    return Done(f"Not the same: {first} and {second}. They stay as they are.", undo)


# ------------------------------------------------------------------------------- taking it back


def take_back(undo: dict[str, Any], *, by: User, at: datetime | None = None) -> Done:
    """Undo what was done a moment ago, given what `Done.undo` held.

    Raises ValidationError where something else has happened since, and NotAllowed.
    """
    verbs = {
        "confirm": _take_back_confirmation,
        "end": _take_back_end,
        "renew": _take_back_renewal,
        "apart": _take_back_apart,
        "step": _take_back_step,
        "same": _take_back_same,
        "settle": _take_back_settled,
    }
    with transaction.atomic():
        return Done(verbs[undo["verb"]](undo, by, at or timezone.now()))


def _take_back_confirmation(undo: dict[str, Any], by: User, at: datetime) -> str:
    """Delete the confirmation, and set the sides' days to what they were before it."""
    made = Confirmation.objects.filter(pk=undo["made"], confirmed_by=by).first()
    if made is None or at - made.confirmed_at > UNDO_FOR:
        raise ValidationError("This is too long ago to take back.")
    record = Partnership.objects.select_for_update(of=("self",)).get(pk=made.partnership_id)
    _check_may_edit(record, by, at)
    later = Confirmation.objects.filter(partnership=record, pk__gt=made.pk)
    if later.exists():
        raise ValidationError("Somebody has confirmed it since. Nothing was taken back.")
    for name, on in undo["before"].items():
        setattr(record, name, date.fromisoformat(on) if on else None)
    days = [on for on in (record.uk_confirmed_on, record.partner_confirmed_on) if on]
    record.last_confirmed_on = max(days, default=None)
    made.delete()
    write(record, by=by, reason=f"Took back a confirmation for the {made.side} side")
    changed(partnerships=[record.pk])
    return f"Taken back: {record} is to be confirmed as before."


def _take_back_end(undo: dict[str, Any], by: User, at: datetime) -> str:
    record = _as_seen(undo["record"], undo["after"])
    partnerships.update(
        record, by=by, values=undo["before"], reason="Took back that it has ended", at=at
    )
    return f"Taken back: {record} stands as before."


def _take_back_renewal(undo: dict[str, Any], by: User, at: datetime) -> str:
    agreement = Agreement.objects.select_for_update().get(pk=undo["agreement"])
    if _iso(agreement.expires_on) != undo["after"]:
        raise ValidationError(STALE)
    for name, on in undo["before"].items():
        setattr(agreement, name, date.fromisoformat(on) if on else None)
    _write_agreement(agreement, agreement.partnership, by, "Took back a renewal", at)
    return f"Taken back: {agreement.title} stands as before."


def _take_back_apart(undo: dict[str, Any], by: User, at: datetime) -> str:
    first, second = (Partnership.objects.get(pk=undo[name]) for name in ("one", "other"))
    lookalikes.take_back(first, second, by=by)
    return f"Taken back: {first} and {second} are asked about again."


def _take_back_step(undo: dict[str, Any], by: User, at: datetime) -> str:
    """What was submitted goes back to its author's drafts, what was returned to the queue."""
    record = _as_seen(undo["record"], undo["after"])
    returned = undo["to"] == Moderation.RETURNED
    to = Moderation.SUBMITTED if returned else Moderation.RETURNED
    why = "Took back the return" if returned else "Took back the submission"
    partnerships.moderate(record, to=to, by=by, reason=why, at=at)
    return f"Taken back: {record} waits to be {'listed' if returned else 'submitted'} again."


def _take_back_same(undo: dict[str, Any], by: User, at: datetime) -> str:
    record = _as_seen(undo["record"], undo["after"])
    merging.take_back(record, before=undo["before"], by=by, at=at)
    where = "is public again" if undo["before"] == Moderation.LISTED else "is a draft again"
    return f"Taken back: {record} {where}."


def _take_back_settled(undo: dict[str, Any], by: User, at: datetime) -> str:
    answer = LinkAnswer.objects.select_related("partnership").get(pk=undo["answer"])
    if not answers.reopen(answer, by=by, at=at):
        raise ValidationError("This is too long ago to take back.")
    return f"Taken back: the answer about {answer.partnership} waits again."


def _as_seen(key: int, seen: str) -> Partnership:
    """The record, locked as in `reminders.ask`. Raises ValidationError where it is another than
    the one shown."""
    record = Partnership.objects.select_for_update(of=("self",), no_key=True).get(pk=key)
    if version_of(record.modified_at) != seen:
        raise ValidationError(STALE)
    return record


def _check_may_edit(record: Partnership, by: User, at: datetime) -> None:
    viewer = viewer_of(by, on=timezone.localdate(at))
    if not can_edit(viewer, board_id=record.health_board_id):
        raise NotAllowed("Only the owning Board's champions and the unit can do this.")


def _write_agreement(
    agreement: Agreement, record: Partnership, by: User, reason: str, at: datetime
) -> None:
    if details.apply(written=[agreement], by=by, reason=reason):
        record.modified_at = at
        partnerships.settle(record, by=by, reason=reason, at=at)


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""
