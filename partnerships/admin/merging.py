"""Two people at one record: what both typed, side by side, and one form that keeps all of it.

A form carries what it showed, signed: the version of the record that somebody looked at. Whoever
sends it after somebody else has saved gets it back, merged: what only they changed is taken over,
what only you changed stays as typed, and where both did the form asks. Decision 36 says why.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.core import signing
from django.http import QueryDict

from partnerships.admin import entries
from partnerships.admin.entries import Entries
from partnerships.policies.merging import Value, Verdict, verdict

SALT = "partnerships.admin.merging"
STARTED, OPENED, CHOOSE = "_started", "_opened", "_choose-"
MINE, THEIRS = "mine", "theirs"


@dataclass
class Page:
    """What the form of one record showed: its own fields, and its rows by prefix and key."""

    fields: Entries = field(default_factory=dict)
    rows: dict[str, dict[str, Entries]] = field(default_factory=dict)

    def signed(self, record: str) -> str:
        """For a hidden input of the form of a record, and of no other."""
        return signing.dumps([record, self.fields, self.rows], salt=SALT, compress=True)


def page_from(token: str, record: str) -> Page:
    """What was signed for a record; an empty page for anything else, so that nothing is taken as
    known."""
    try:
        whose, fields, rows = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return Page()
    if whose != record:
        return Page()
    return Page(
        _tupled(fields), {p: {k: _tupled(e) for k, e in r.items()} for p, r in rows.items()}
    )


def page_now(form: Any, formsets: list[Any]) -> Page:
    """What a form and its rows show that nobody has sent yet."""
    return Page(
        entries.held(form, entries.names_of(form)),
        {formset.prefix: entries.rows_of(formset) for formset in formsets},
    )


@dataclass(frozen=True)
class Difference:
    """One field, or one row, that is no longer as it was when the form was opened."""

    name: str
    label: str
    verdict: Verdict
    #: What the form started from, what the record says today, what was typed.
    values: tuple[Value | None, Value | None, Value | None]
    #: The form's field that puts values into words; None where they are words.
    said: Any = None
    #: Whether the form comes back for this alone, although nothing is asked.
    insists: bool = False

    @property
    def started(self) -> str:
        return self._words(self.values[0])

    @property
    def theirs(self) -> str:
        return self._words(self.values[1])

    @property
    def mine(self) -> str:
        return self._words(self.values[2])

    @property
    def about(self) -> str:
        """Names the value that was shown as theirs: a choice about another one is no choice."""
        return hashlib.sha256(json.dumps(self.values[1]).encode()).hexdigest()[:16]

    def _words(self, value: Value | None) -> str:
        return "\n".join(value or ()) if self.said is None else entries.words(self.said, value)


@dataclass
class Merge:
    """What one submitted form and the record of today make of each other."""

    #: Every field as merged, for the form to go on with.
    data: QueryDict
    #: What the next attempt starts from: today's record, but for what is still asked.
    started: Page
    differences: list[Difference] = field(default_factory=list)

    @property
    def asked(self) -> list[Difference]:
        return [row for row in self.differences if row.verdict == Verdict.BOTH]

    @property
    def taken_over(self) -> list[Difference]:
        return [row for row in self.differences if row.verdict == Verdict.THEIRS]

    @property
    def kept(self) -> list[Difference]:
        return [row for row in self.differences if row.verdict == Verdict.MINE]

    def is_refused(self, *, takes_step: bool) -> bool:
        """Who typed nothing loses nothing; but who takes a step looked at another record."""
        if self.asked or any(row.insists for row in self.differences):
            return True
        return bool(self.taken_over) and (bool(self.kept) or takes_step)


def merge(form: Any, formsets: list[Any], data: QueryDict, started: Page) -> Merge:
    """Merge what was sent with the record of today, which `form` and `formsets` show."""
    merged = Merge(data.copy(), Page())
    names = entries.names_of(form)
    mine = entries.sent(form, names, data)
    for name, now in entries.held(form, names).items():
        values = (started.fields.get(name), now, mine.get(name))
        settled, next_start = _settle(
            merged, Difference(name, str(form[name].label), Verdict.SAME, values, form.fields[name])
        )
        if settled is not None and settled != mine.get(name):
            entries.put(form, {name: settled}, merged.data)
        if next_start is not None:
            merged.started.fields[name] = next_start
    for formset in formsets:
        rows = _Rows(merged, formset, started.rows.get(formset.prefix, {}))
        merged.started.rows[formset.prefix] = rows.merge()
    return merged


def _settle(merged: Merge, one: Difference) -> tuple[Value | None, Value | None]:
    """What a field shall hold, and what the next attempt starts from there."""
    started, now, mine = one.values
    what = verdict(started, now or (), mine)
    if what == Verdict.BOTH:
        chosen = merged.data.get(f"{CHOOSE}{one.name}", "")
        if chosen == f"{THEIRS}:{one.about}":
            return now, now
        if chosen == f"{MINE}:{one.about}":
            return mine, now
    if what != Verdict.SAME:
        merged.differences.append(replace(one, verdict=what))
    if what in (Verdict.SAME, Verdict.THEIRS):
        return now, now
    return mine, started


class _Rows:
    """The rows of one formset: the stored ones first, as Django numbers them, then the new ones."""

    def __init__(self, merged: Merge, formset: Any, started: dict[str, Entries]) -> None:
        self.merged, self.formset, self.started = merged, formset, started
        self.now = entries.rows_of(formset)
        self.blank = formset.empty_form
        self.kind = formset.told_as
        self.stored: list[tuple[str, Entries, bool]] = []
        self.new: list[Entries] = []
        self.next: dict[str, Entries] = dict(self.now)

    def merge(self) -> dict[str, Entries]:
        """Notes the differences and writes the rows; what the next attempt starts from."""
        found = entries.sent_rows(self.formset, self.merged.data)
        if found is None:
            return self.started
        sent = list(found)
        self.new = [row for key, row, goes in sent if not key and not goes and _says_anything(row)]
        mine = {key: (row, goes) for key, row, goes in sent if key}
        for key, (row, goes) in mine.items():
            if key not in self.now:
                self._they_removed(key, row, goes)
            elif goes:
                self._i_remove(key)
            else:
                self._both_have(key, row, self.started.get(key, {}))
        for key in [key for key in self.now if key not in mine]:
            self._i_have_not(key)
        after = [*self.stored, *(("", row, False) for row in self.new)]
        if after != sent:
            self._write(after)
        return self.next

    def _both_have(self, key: str, mine: Entries, started: Entries) -> None:
        row, self.next[key] = {}, {}
        for name, now in self.now[key].items():
            label = f"{self.kind} “{self._name(self.now[key])}”: {self.blank[name].label}"
            values = (started.get(name), now, mine.get(name))
            value, next_start = _settle(
                self.merged,
                Difference(
                    self._input(key, name), label, Verdict.SAME, values, self.blank.fields[name]
                ),
            )
            row[name] = value or ()
            if next_start is not None:
                self.next[key][name] = next_start
        self.stored.append((key, row, False))

    def _i_remove(self, key: str) -> None:
        now, started = self.now[key], self.started.get(key)
        goes = True
        if now != started:
            # As a field that said one thing, says another today and shall say nothing.
            values = (self._whole(started), self._whole(now), ("Remove this row",))
            one = Difference(self._input(key, "DELETE"), self._label(now), Verdict.SAME, values)
            settled, next_start = _settle(self.merged, one)
            goes = settled == values[2]
            if next_start == values[0] and started is not None:
                self.next[key] = started
        self.stored.append((key, now, goes))

    def _they_removed(self, key: str, mine: Entries, goes: bool) -> None:
        started = self.started.get(key)
        if goes:
            return
        is_mine = mine != started
        told = "Removed." + (
            " Yours stands below as a new row: take it out if they are right." if is_mine else ""
        )
        values = (self._whole(started), (told,), self._whole(mine))
        name = self._input(key, "gone")
        self.merged.differences.append(
            Difference(name, self._label(mine), Verdict.THEIRS, values, insists=is_mine)
        )
        if is_mine:
            self.new.append(mine)

    def _i_have_not(self, key: str) -> None:
        """They added it, and perhaps so did I."""
        now = self.now[key]
        twin = None if key in self.started else self._twin_of(now)
        if twin is not None:
            self.new.remove(twin)
            self._both_have(key, twin, {})
            return
        if key not in self.started:
            values = (None, self._whole(now), None)
            name = self._input(key, "new")
            self.merged.differences.append(
                Difference(name, self._label(now), Verdict.THEIRS, values)
            )
        self.stored.append((key, now, False))

    def _twin_of(self, now: Entries) -> Entries | None:
        names = self.formset.same_by or tuple(now)
        same = (row for row in self.new if all(row.get(name) == now[name] for name in names))
        return next(same, None)

    def _write(self, rows: list[tuple[str, Entries, bool]]) -> None:
        data, prefix = self.merged.data, self.formset.prefix
        for key in [key for key in data if _is_row_input(key, prefix)]:
            del data[key]
        data[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
        data[f"{prefix}-INITIAL_FORMS"] = str(len(self.stored))
        for number, (key, row, goes) in enumerate(rows):
            here = f"{prefix}-{number}"
            data[f"{here}-{self.formset.model._meta.pk.name}"] = key
            data[f"{here}-{self.formset.fk.name}"] = str(self.formset.instance.pk)
            entries.put(self.blank, row, data, here)
            if goes:
                data[f"{here}-DELETE"] = "on"

    def _input(self, key: str, name: str) -> str:
        return f"{self.formset.prefix}-{key}-{name}"

    def _label(self, row: Entries) -> str:
        return f"{self.kind} “{self._name(row)}”"

    def _name(self, row: Entries) -> str:
        return next(iter(self._said(row)), "")

    def _whole(self, row: Entries | None) -> Value | None:
        return None if row is None else (", ".join(self._said(row)),)

    def _said(self, row: Entries) -> Iterator[str]:
        for name, value in row.items():
            said = self.blank.fields[name]
            if any(value) and (told := entries.words(said, value)):
                is_tick = value == ("on",)
                yield str(self.blank[name].label) if is_tick else told


def _says_anything(row: Entries) -> bool:
    return any(any(value) for value in row.values())


def _is_row_input(key: str, prefix: str) -> bool:
    number = key.removeprefix(f"{prefix}-").partition("-")[0]
    return key.startswith(f"{prefix}-") and number.isdigit()


def _tupled(stored: dict[str, list[str]]) -> Entries:
    return {name: tuple(value) for name, value in stored.items()}
