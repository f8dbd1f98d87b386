"""A question and the number of its answers in words: 12 partnerships in Malawi about surgery."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from partnerships.choices import Stage
from partnerships.search import PartnershipSearch

#: Values that a heading names one by one; of more it only says how many.
MOST_NAMED = 3
MOST_IN_LABEL = 60
#: Characters; what would go beyond is counted, not named.
MOST = 160
#: Stages that can stand before the noun.
_STAGES = {Stage.ACTIVE, Stage.PAUSED, Stage.CLOSING, Stage.ENDED}
#: What narrows and is no facet.
_OTHER = ("bbox", "on_map", "began_from", "began_to")
#: Countries that take an article.
_THE = ("United ", "Democratic ", "Central African ", "Dominican ", "Gambia", "Philippines")


def heading(search: PartnershipSearch) -> str:
    said: set[str] = set()
    number = f"{search.count:,}" if search.count else "No"
    noun = "partnership" if search.count == 1 else "partnerships"
    text = f"{number} {_adjective(search, said)}{noun}"
    if search.words:
        text += f" for “{_clipped(search.words)}”"
    for parameters, phrase in _phrases(search):
        if len(text) + len(phrase) < MOST:
            text += f" {phrase}"
            said |= parameters
    # A country says more than its region.
    left = {chosen.parameter for chosen in search.chosen} - said
    left -= {"region"} if "country" in said else set()
    left |= {
        name for name in ("bbox", "on_map", "began_from", "began_to") if search.asked(name)
    } - said
    if left:
        text += f", with {len(left)} {'more ' if said or search.words else ''}filter"
        text += "s" if len(left) > 1 else ""
    return text


def _adjective(search: PartnershipSearch, said: set[str]) -> str:
    stages = list(search.asked("stage") or {})
    if len(stages) != 1 or stages[0] not in _STAGES:
        return ""
    said.add("stage")
    return f"{stages[0]} "


def _phrases(search: PartnershipSearch) -> Iterator[tuple[set[str], str]]:
    """Parameters, and the words that say them, in the order of the sentence."""
    yield from _places(search)
    kinds: tuple[tuple[str, str, str, Callable[[str], str]], ...] = (
        ("topic", "about", "topics", inline),
        ("board", "with", "Health Boards", str),
        ("institution", "at", "institutions", str),
        ("profession", "involving", "professions", inline),
    )
    for parameter, preposition, plural, shaped in kinds:
        if labels := list((search.asked(parameter) or {}).values()):
            yield {parameter}, f"{preposition} {_either(labels, plural, shaped)}"
    yield from _years(search)
    if search.asked("bbox"):
        yield {"bbox"}, "in the chosen area"
    if on_map := search.asked("on_map"):
        yield {"on_map"}, "on the map" if on_map == "yes" else "not on the map"


def _places(search: PartnershipSearch) -> Iterator[tuple[set[str], str]]:
    nations = list((search.asked("nation") or {}).values())
    countries = list((search.asked("country") or {}).values())
    regions = list((search.asked("region") or {}).values())
    if len(nations) == 1 and len(countries) == 1:
        yield {"nation", "country"}, f"between {nations[0]} and {_the(countries[0])}"
        return
    if countries:
        yield {"country"}, f"in {_either(countries, 'countries', _the)}"
    elif regions:
        yield {"region"}, f"in {_either(regions, 'regions', lambda name: f'the {name}')}"
    if nations:
        yield {"nation"}, f"with {_either(nations, 'nations', str)}"


def _years(search: PartnershipSearch) -> Iterator[tuple[set[str], str]]:
    first, last = search.asked("began_from"), search.asked("began_to")
    if first and last:
        words = f"begun in {first}" if first == last else f"begun {first} to {last}"
        yield {"began_from", "began_to"}, words
    elif first:
        yield {"began_from"}, f"begun since {first}"
    elif last:
        yield {"began_to"}, f"begun by {last}"


def _either(labels: list[str], plural: str, shaped: Callable[[str], str]) -> str:
    if len(labels) > MOST_NAMED:
        return f"any of {len(labels)} {plural}"
    names = [shaped(_clipped(label)) for label in labels]
    return " or ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _the(country: str) -> str:
    return f"the {country}" if country.startswith(_THE) else country


def inline(label: str) -> str:
    """As it reads within a sentence: surgery, but HIV and sexual health."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _clipped(text: str) -> str:
    return text if len(text) <= MOST_IN_LABEL else f"{text[: MOST_IN_LABEL - 1].rstrip()}…"
