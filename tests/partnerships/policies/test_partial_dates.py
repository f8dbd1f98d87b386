"""Dates known to the year, the month or the day."""

from __future__ import annotations

from datetime import date

import pytest

from partnerships.policies.partial_dates import parse, spoken, written


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2008", date(2008, 1, 1), date(2008, 12, 31), "year"),
        ("2008-02", date(2008, 2, 1), date(2008, 2, 29), "month"),
        ("2008-2", date(2008, 2, 1), date(2008, 2, 29), "month"),
        (" 2008-05-03 ", date(2008, 5, 3), date(2008, 5, 3), "day"),
        ("Feb 2008", date(2008, 2, 1), date(2008, 2, 29), "month"),
        ("sept. 2008", date(2008, 9, 1), date(2008, 9, 30), "month"),
        ("3 May 2008", date(2008, 5, 3), date(2008, 5, 3), "day"),
        ("3rd May, 2008", date(2008, 5, 3), date(2008, 5, 3), "day"),
    ],
)
def test_parse_reads_what_is_known(text, first, last, precision):
    assert (parse(text).day, parse(text).precision) == (first, precision)
    assert parse(text, end=True).day == last


@pytest.mark.parametrize(
    "text",
    [
        *("", "08", "2008-13", "2008-02-30", "2008/05", "0999", "9999", "2008-05-03x"),
        *("May", "Mai 2008", "Ma 2008", "30 February 2008", "spring 2008", "5 2008", "3 May 9999"),
    ],
)
def test_parse_refuses_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"^(“|The year|There is no day).+\.$"):
        parse(text)


@pytest.mark.parametrize("text", ["2008", "2008-05", "2008-05-03"])
def test_written_is_what_was_read(text):
    assert str(parse(text)) == text
    assert written(parse(text, end=True).day, parse(text).precision) == text


@pytest.mark.parametrize("text", ["2008", "May 2008", "3 May 2008"])
def test_spoken_is_what_was_read(text):
    assert spoken(parse(text, end=True).day, parse(text).precision) == text


def test_a_partnership_of_one_year_ends_after_it_began():
    assert parse("2008-05").day < parse("2008", end=True).day
