"""No figure that is told gives away one that is not: every small world is searched.

The attacker knows all that is told, the rule, and what one partnership answered: their own. What
they can find out of a count is the set of values that it has in the worlds of which the same is
told; one value means that it is known.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import combinations, combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partnerships.choices import QuestionKind
from partnerships.policies.questionnaires import Option, Question, Row
from partnerships.policies.suppression import Apart, Told, apart, shown, with_others
from partnerships.policies.tallies import Answered, Gaps, Item, gaps_of, pairs, table

pytestmark = pytest.mark.once
CODES = "abcd"


def item(kind, codes=CODES, *, most=0, alone="", grid=False):
    options = tuple(Option(code, code, code == alone) for code in codes)
    rows = (Row("r", {}),) if grid else ()
    question = Question("Q", kind, {}, options=options, rows=rows, most=most)
    return Item("S", question, rows[0] if grid else None)


def people(given_answers, *, side="uk", grid=False):
    """A partnership for each answer; None is no answer."""
    return [
        Answered(number, number, side, {} if not value else {"Q": {"r": value} if grid else value})
        for number, value in enumerate(given_answers)
    ]


def told_of(found):
    return tuple((code, f.told, f.number) for code, f in found.figures.items())


def hidden(found):
    return [code for code, figure in found.figures.items() if figure.told != Told.EXACT]


def search(worlds, asked, fewest):
    """What is told, and one's own answer → hidden option → the values that it has in the worlds
    that look alike."""
    values = defaultdict(lambda: defaultdict(set))
    for world in worlds:
        counted = table(asked, "uk", people(world))
        found = shown(counted, fewest=fewest)
        for own in set(world):
            for code in hidden(found):
                values[told_of(found), own][code].add(counted.counts[code])
    return values


def assert_nothing_is_found(values):
    known = {
        (told, code): held
        for told, by_code in values.items()
        for code, held in by_code.items()
        if len(held) < 2
    }
    assert values
    assert not known


@pytest.mark.parametrize("number", range(2, 10))
@pytest.mark.parametrize("fewest", [3, 4])
def test_nothing_is_found_of_one_choice(number, fewest):
    """Total less shown, complementary options, those who answered less the answers."""
    worlds = combinations_with_replacement([None, *CODES[:3]], number)
    assert_nothing_is_found(search(worlds, item(QuestionKind.ONE, CODES[:3]), fewest))


@pytest.mark.parametrize("number", range(6, 15))
def test_nothing_is_found_of_one_choice_with_five(number):
    worlds = combinations_with_replacement([None, *CODES[:3]], number)
    values = search(worlds, item(QuestionKind.ONE, CODES[:3]), 5)
    assert_nothing_is_found(values)
    told = {told for key, _ in values for _, told, _ in key}
    assert (Told.EXACT in told) == (number >= 10)
    assert (Told.NEARLY_ALL in told) == (number >= 7)


@pytest.mark.parametrize("number", range(3, 8))
def test_nothing_is_found_where_several_may_be_chosen(number):
    """With one option that excludes the others, as “none so far” does."""
    kinds = [None, ("a",), ("b",), ("a", "b"), ("n",)]
    worlds = combinations_with_replacement(kinds, number)
    assert_nothing_is_found(search(worlds, item(QuestionKind.MANY, "abn", alone="n"), 3))


@pytest.mark.parametrize("number", [5, 6])
def test_nothing_is_found_of_a_rank(number):
    """Two places each: full places must not tell of an option that nobody chose."""
    kinds = [None, *((c,) for c in CODES), *combinations(CODES, 2)]
    worlds = combinations_with_replacement(kinds, number)
    assert_nothing_is_found(search(worlds, item(QuestionKind.RANK, most=2), 3))


@pytest.mark.parametrize("others", [(), ("a", "a"), ("a", "b"), ("b", None, "c")])
@pytest.mark.parametrize("number", [5, 7])
def test_whoever_reads_the_answers_of_some_finds_nothing_of_the_rest(number, others):
    """The figures less the download, for one of those who keep theirs even."""
    asked, values = item(QuestionKind.ONE, CODES[:3]), defaultdict(lambda: defaultdict(set))
    read = table(asked, "uk", people(others))
    for world in combinations_with_replacement([None, *CODES[:3]], number):
        kept = table(asked, "uk", people(world))
        found = with_others(shown(kept, fewest=3), read)
        counts = {code: kept.counts[code] + read.counts[code] for code in kept.counts}
        for code, figure in found.figures.items():
            if figure.told == Told.EXACT:
                assert figure.number == counts[code]
                continue
            assert figure.number <= counts[code]
            for own in set(world):
                values[told_of(found), own][code].add(counts[code])
    assert_nothing_is_found(values)


def worlds_of_both_sides(both, alone_uk, alone_partner):
    """Every world there is, as digits: four UK counts, four partner counts, pairs far apart.

    Counts are of no answer and of each of three steps. Nobody is told which partnerships have
    both sides, so who is alone may have answered anything.
    """
    uk, partner = [16**a for a in range(4)], [16 ** (4 + a) for a in range(4)]
    of_pairs = {
        uk[a] + partner[b] + 16**8 * bool(a and b and abs(a - b) > 1)
        for a in range(4)
        for b in range(4)
    }
    found = {0}
    for choices in [of_pairs] * both + [uk] * alone_uk + [partner] * alone_partner:
        found = {world + each for world in found for each in choices}
    return ((world & 0xFFFF, world >> 16 & 0xFFFF, world >> 32) for world in found)


def digits(counts):
    return [counts >> 4 * place & 15 for place in range(4)]


def test_nothing_is_found_from_both_sides_and_their_gap():
    """Both sides less one side: every pair of tables of eight, six of them of the same links."""
    asked = item(QuestionKind.ONE, "abc", grid=True)
    places = [None, "a", "b", "c"]

    looks = {}

    @cache
    def look(counts):
        """What is told of a side, and its hidden counts."""
        everyone = [code for code, n in zip(places, digits(counts), strict=True) for _ in range(n)]
        found = shown(table(asked, "uk", people(everyone, grid=True)), fewest=2)
        looks[told_of(found)] = found
        number = dict(zip(places, digits(counts), strict=True))
        return told_of(found), [(code, number[code]) for code in hidden(found)]

    @cache
    def gap_of(uk, partner, far):
        gap = Gaps(asked, {2: far}, 6 - far)
        return apart(gap, looks[uk], looks[partner], own=0, fewest=2, step=4)

    values = defaultdict(lambda: defaultdict(set))
    for uk, partner, far in worlds_of_both_sides(6, 2, 2):
        (told_uk, of_uk), (told_partner, of_partner) = look(uk), look(partner)
        held = values[told_uk, told_partner, gap_of(told_uk, told_partner, far)]
        held["far"].add(far)
        for side, counts in (("uk", of_uk), ("partner", of_partner)):
            for code, number in counts:
                held[side, code].add(number)
    assert {key[2] for key in values} == {Apart(), Apart(0, 3), Apart(4, None)}
    for key in [key for key in values if key[2] == Apart()]:
        del values[key]["far"]  # nothing is told, and the tables may well decide it
    assert_nothing_is_found(values)


answers = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from([None, *CODES])), min_size=0, max_size=40
)


@given(answers)
@settings(max_examples=300, deadline=None)
def test_what_is_told_rests_on_five_partnerships_and_leaves_five(given_answers):
    """Two members of one side may be of one partnership: partnerships count, not people."""
    everyone = [
        Answered(partnership, number, "uk", {"Q": code} if code else {})
        for number, (partnership, code) in enumerate(given_answers)
    ]
    counted = table(item(QuestionKind.ONE), "uk", everyone)
    found = shown(counted)
    exact = [code for code, figure in found.figures.items() if figure.told == Told.EXACT]
    for code in exact:
        assert found.figures[code].number == counted.counts[code]
        assert len(counted.by_option[code]) >= 5
    if exact:
        left = {each.partnership for each in everyone if each.answers.get("Q") not in exact}
        assert len(left) >= 5
    for code, figure in found.figures.items():
        if figure.told == Told.NEARLY_ALL:
            assert figure.number <= counted.counts[code]
        if figure.told == Told.FEW:
            assert len(counted.by_option[code]) < 5


@given(answers)
@settings(max_examples=200, deadline=None)
def test_each_hidden_count_could_be_another(given_answers):
    """One person's answer, changed, gives a world of which the same is told: each hidden count
    has two values, however many people there are."""
    asked = item(QuestionKind.ONE)
    everyone = dict(enumerate(given_answers))

    def world(people_of):
        submitted = [
            Answered(partnership, number, "uk", {"Q": code} if code else {})
            for number, (partnership, code) in people_of.items()
        ]
        counted = table(asked, "uk", submitted)
        return told_of(shown(counted)), counted.counts

    told, counts = world(everyone)
    open_codes = {code for code, state, _ in told if state != Told.EXACT}
    if not given_answers or len({p for p, _ in given_answers}) < 2:
        return
    for number, (partnership, was) in everyone.items():
        for code in [None, *CODES]:
            if code == was or not open_codes:
                continue
            same, changed = world(everyone | {number: (partnership, code)})
            if same == told:
                open_codes -= {each for each in CODES if changed[each] != counts[each]}
    joined = {code for code in open_codes if counts[code] >= 5}
    assert not open_codes - joined


def test_unanimous_answers_are_not_told_as_such():
    """All thirteen, or all but four: the same is told."""
    asked = item(QuestionKind.ONE, "ab")
    for number in range(9, 14):
        found = shown(table(asked, "uk", people("a" * number + "b" * (13 - number))))
        assert told_of(found) == (("a", Told.NEARLY_ALL, 9), ("b", Told.FEW, 0))


def test_six_partnerships_are_told_nothing_about():
    """Of six, whoever said “b” would learn of “5 or more” that all the others said “a”."""
    asked = item(QuestionKind.ONE, "ab")
    assert shown(table(asked, "uk", people("aaaaa"))).is_withheld
    assert shown(table(asked, "uk", people("ab"))).is_withheld
    assert shown(table(asked, "uk", people("aaaaab"))).is_withheld
    assert not shown(table(asked, "uk", people("aaaaabb"))).is_withheld


def test_the_smallest_joins_the_remainder_that_is_too_small():
    asked = item(QuestionKind.ONE, "abc")
    found = shown(table(asked, "uk", people("a" * 8 + "b" * 5)))
    assert told_of(found) == (
        ("a", Told.EXACT, 8),
        ("b", Told.WITHHELD, 0),
        ("c", Told.WITHHELD, 0),
    )


def test_a_gap_is_told_within_what_the_tables_leave_open():
    asked = item(QuestionKind.ONE, "abc", grid=True)
    silent = [None] * 5
    uk = people([*"a" * 20, *"c" * 20, *silent], grid=True)
    answers_there = [*"a" * 13, *"c" * 7, *"a" * 5, *"c" * 15, *silent]
    partner = people(answers_there, side="partner", grid=True)
    found = [shown(table(asked, "", side)) for side in (uk, partner)]
    gap = gaps_of(asked, pairs([*uk, *partner]))
    assert gap.apart(2) == 12
    assert apart(gap, *found, own=0) == Apart(10, 14)
    # Whoever is one of the pairs knows more of the lower end.
    assert apart(gap, *found) == Apart(0, 14)
