"""One slip of the pen, and what is none."""

from __future__ import annotations

import time

import pytest

from partnerships.policies.slips import is_slip, slips


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ninewells", "ninewels", True),
        ("ninewells", "ninewelsl", True),
        ("ninewells", "nimewells", True),
        ("ninewells", "ninewellss", True),
        ("ninewells", "ninewells", False),
        ("ninewells", "nimewels", False),
        ("phase1", "phase2", False),
        ("phase1", "phase12", False),
        ("ward1", "ward11", False),
    ],
)
def test_one_letter_is_a_slip_and_a_digit_is_none(one: str, other: str, expected: bool) -> None:
    assert is_slip(one, other) == is_slip(other, one) == expected


def found(*names: str, known: tuple[str, ...] = ()) -> set[tuple[int, int]]:
    return set(slips({key: name.split() for key, name in enumerate(names)}, known))


def test_each_place_of_a_name_may_have_the_slip() -> None:
    name = "queen elizabeth central hospital blantyre"
    text = name.replace(" ", "")
    for place in range(len(text)):
        for wrong in (
            text[:place] + text[place + 1 :],
            text[:place] + "x" + text[place:],
            text[:place] + "x" + text[place + 1 :],
            text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :],
        ):
            if wrong != text:
                assert found(name, wrong) == {(0, 1)}, wrong


def test_two_words_that_exist_are_no_slip() -> None:
    assert found("dundee zambia eyes", "dundee gambia eyes") == {(0, 1)}
    assert found("dundee zambia eyes", "dundee gambia eyes", known=("zambia", "gambia")) == set()
    assert found("dundee zambia eyes", "dundee zambbia eyes", known=("zambia",)) == {(0, 1)}
    assert found("eye", "eyes") == set()


def test_work_grows_with_the_number_of_names() -> None:
    names = {
        n: f"a series of names that differ by a number {n} only".split() for n in range(20_000)
    }
    start = time.process_time()
    assert not list(slips(names))
    assert time.process_time() - start < 5
