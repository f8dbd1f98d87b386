"""When each step of reminding is due, counted from a side's last confirmation or the listing."""

from __future__ import annotations

from datetime import date

from partnerships.choices import ReminderStep
from partnerships.policies.freshness import months_before

#: Months after which each step is due, in the order of the steps. Coordinators are asked before a
#: confirmation is due, when it is due and when it is overdue; then those who look after the record.
MONTHS = {
    ReminderStep.FIRST: 11,
    ReminderStep.SECOND: 12,
    ReminderStep.THIRD: 13,
    ReminderStep.DEPUTY: 14,
    ReminderStep.LEAD: 15,
    ReminderStep.UNIT: 16,
}
#: Days between two steps that were missed. No month is shorter, so nothing else waits for it.
GAP_DAYS = 27
FIRST_MONTHS = min(MONTHS.values())
#: Steps that ask the side itself; the others ask the record's champions, then the unit.
OF_COORDINATORS = (
    ReminderStep.FIRST,
    ReminderStep.SECOND,
    ReminderStep.THIRD,
    ReminderStep.DESK,
)


def steps_due(counted_from: date, today: date) -> list[ReminderStep]:
    """The steps whose day has come, the first one first."""
    return [step for step, months in MONTHS.items() if counted_from <= months_before(today, months)]
