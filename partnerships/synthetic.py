"""A large made-up registry in the shape of the real one, for benchmarks and for trying things.

Skewed as the real data are: a few countries hold most partnerships, a few hospitals are hubs,
most records have two members and some are networks; values are missing, names are long or carry
accents. The same seed and day give the same registry. Nobody in it exists.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.text import slugify

from partnerships.choices import (
    DatePrecision,
    Delivery,
    Direction,
    FundingBand,
    InstitutionKind,
    LocationLevel,
    MemberRole,
    Moderation,
    Nation,
    PartnershipKind,
    Precision,
    Stage,
)
from partnerships.indexing import insert_rows, rebuild
from partnerships.models import (
    Activity,
    Country,
    DevelopmentGoal,
    Funder,
    Funding,
    HealthBoard,
    Institution,
    Member,
    Partnership,
    PartnershipTopic,
    Profession,
    Topic,
)
from partnerships.policies.normalise import index_words, key

BATCH = 2000
MOST_MEMBERS = 12
#: How often a member is its side's hub, beyond the skew: with it the hub of 1,000 partnerships
#: has some 60 to 80, that of 100,000 about a thousand.
HUB = 0.005
Progress = Callable[[str, int, int], None]

#: Weights of partner countries, as in the public-sources data; all others share the rest.
COUNTRY_WEIGHTS = {
    "MW": 38, "UG": 26, "ZM": 17, "GH": 14, "SL": 8, "ET": 7, "TZ": 9, "KE": 6, "NG": 6, "PS": 3,
    "ZA": 4, "NP": 3, "BD": 3, "RW": 3, "LS": 2, "BW": 2, "NA": 2, "SS": 3, "SO": 2, "CI": 2,
}  # fmt: skip
OTHER_COUNTRIES_WEIGHT = 0.08
PLACES = (
    "Saint-André", "Kasungu Bend", "Nkhotabay", "Mbarara Hill", "Lusangazi", "Kampong Luong",
    "Río Verde", "Tamalé North", "Ñeembucú", "Øster Sund", "Mzuzu Gate", "Gondar Ridge",
    "Bo Waterside", "Francistown West", "Zomba Plateau", "Qacha’s Nek", "Sankt Pölten", "Zaranj",
)  # fmt: skip
LOCAL_NAMES = (
    "Hospitali ya Rufaa",
    "Hôpital général",
    "مستشفى المدينة",
    "មន្ទីរពេទ្យ",
    "Chipatala cha boma",
)
UK_PLACES = (
    "Glenforsa", "Kirkbrae", "Port Ellen", "Strathmore", "Inverlochy", "Dunmuir", "Llanfair Bryn",
    "Aberdulais", "Ballymoyle", "Northwick", "Eastmere", "Ashcombe", "St Brannoc’s", "Craigmount",
)  # fmt: skip
KINDS_OF_PLACE = (
    (InstitutionKind.HOSPITAL, ("General Hospital", "Central Hospital", "Mission Hospital"), 50),
    (InstitutionKind.HEALTH_CENTRE, ("Health Centre", "Community Clinic"), 16),
    (InstitutionKind.UNIVERSITY, ("University", "University College of Health Sciences"), 12),
    (InstitutionKind.TRAINING_SCHOOL, ("School of Nursing and Midwifery",), 8),
    (InstitutionKind.CHARITY, ("Trust", "Friends of the Hospital", "Foundation"), 14),
)
SHAPES = (
    "{uk} and {partner}", "{partner} {topic} Link", "{topic} Partnership, {place} and {uk_place}",
    "Improving {topic} together: {uk} with {partner} and the communities that they both serve",
)  # fmt: skip


class Maker:
    """Builds rows; every choice comes from one seeded generator."""

    def __init__(self, number: int, *, seed: int, at: datetime) -> None:
        self.number, self.at, self.today = number, at, at.date()
        # What is there already is part of the seed, so that adding never makes the same twice.
        self.mark = f"{seed}-{Partnership.objects.count()}"
        self.random = random.Random(self.mark)  # noqa: S311  # made-up data, not a secret
        self.countries = list(Country.objects.order_by("alpha2").values_list("alpha2", flat=True))
        self.centres = {c.alpha2: c for c in Country.objects.all()}
        self.boards = list(HealthBoard.objects.order_by("pk").values_list("pk", flat=True))
        self.topics = list(Topic.objects.in_order())
        self.terms = {
            "activities": list(Activity.objects.in_order()),
            "professions": list(Profession.objects.in_order()),
            "sdgs": list(DevelopmentGoal.objects.order_by("number")),
        }
        self.funders = list(Funder.objects.in_order())
        self.weights = [COUNTRY_WEIGHTS.get(c, OTHER_COUNTRIES_WEIGHT) for c in self.countries]

    def uuid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def skewed(self, rows: list[Any], power: float = 3.0) -> Any:
        """One of the rows, the first ones far more often."""
        return rows[int(len(rows) * self.random.random() ** power)]

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # --------------------------------------------------------------------------- institutions

    def institutions(self) -> Iterator[Institution]:
        """About one institution for five partnerships, 45 in 100 of them in the UK."""
        for index in range(max(12, self.number // 5)):
            yield self.institution(index, in_uk=index * 45 % 100 < 45)

    def institution(self, index: int, *, in_uk: bool) -> Institution:
        country = "GB" if in_uk else self.random.choices(self.countries, self.weights)[0]
        while not in_uk and country == "GB":
            country = self.random.choices(self.countries, self.weights)[0]
        place = self.random.choice(UK_PLACES if country == "GB" else PLACES)
        kind, endings, _ = self.random.choices(KINDS_OF_PLACE, [k[2] for k in KINDS_OF_PLACE])[0]
        name = f"{place} {self.random.choice(endings)} {index}"
        nation = self._nation() if country == "GB" else ""
        latitude, longitude = self._point(country)
        has_place = self.chance(0.92)
        row = Institution(
            public_id=self.uuid(),
            slug=f"{slugify(place)}-{self.mark}-{index}",
            name=name,
            name_key=key(name)[:200],
            local_name="" if in_uk or self.chance(0.8) else self.random.choice(LOCAL_NAMES),
            kind=kind,
            country_id=country,
            uk_nation=nation,
            parent_id=self.random.choice(self.boards)
            if nation == Nation.SCOTLAND and self.boards and self.chance(0.5)
            else None,
            city=place,
            latitude=latitude if has_place else None,
            longitude=longitude if has_place else None,
            precision=self.random.choices(list(Precision), [55, 30, 6, 6, 3])[0],
            created_at=self.at,
            modified_at=self.at,
        )
        row.search_text = " " + " ".join(index_words(name, row.local_name, place, row.slug))
        return row

    def _nation(self) -> str:
        return self.random.choices(list(Nation), [55, 33, 9, 3])[0]

    def _point(self, country: str) -> tuple[float, float]:
        centre = self.centres[country]
        latitude = min(89.0, max(-89.0, centre.latitude + self.random.uniform(-1.5, 1.5)))
        longitude = min(179.0, max(-179.0, centre.longitude + self.random.uniform(-1.5, 1.5)))
        return round(latitude, 4) or 0.01, round(longitude, 4) or 0.01

    # --------------------------------------------------------------------------- partnerships

    def partnership(self, index: int, members: list[Institution]) -> Partnership:
        topic = self.skewed(self.topics, 2)
        uk = next((m for m in members if m.country_id == "GB"), None)
        partner = next((m for m in members if m.country_id != "GB"), None)
        name = self.random.choice(SHAPES).format(
            uk=uk.name if uk else "Scotland",
            partner=partner.name if partner else "partners",
            topic=topic.label,
            place=partner.city if partner else "overseas",
            uk_place=uk.city if uk else "Scotland",
        )[:200]
        countries = {m.country_id for m in members}
        whole = len(members) >= 2 and len(countries) >= 2
        began, ended = self._years()
        stage = Stage.ENDED if ended else self.random.choice([Stage.ACTIVE, Stage.ACTIVE, *Stage])
        uk_on, partner_on = self._confirmations()
        row = Partnership(
            public_id=self.uuid(),
            slug=f"{slugify(name)[:60].strip('-')}-{self.mark}-{index}",
            name=name,
            name_key=key(name)[:200],
            other_names=[f"Project {index}"] if self.chance(0.05) else [],
            summary=f"Teams at both ends work on {topic.label.lower()}."
            if self.chance(0.9)
            else "",
            kind=self.random.choice(list(PartnershipKind)),
            stage=stage,
            began_on=began,
            began_precision=DatePrecision.YEAR if began else "",
            ended_on=ended,
            ended_precision=DatePrecision.YEAR if ended else "",
            health_board_id=next((m.parent_id for m in members if m.parent_id), None),
            delivery=self.random.choice(["", *Delivery]),
            direction=self.random.choice(["", *Direction]),
            gap_note="" if whole else "Made up with too few members, as some real sources are.",
            location_level=self.random.choices(list(LocationLevel), [90, 4, 2, 2, 2])[0],
            moderation=self._moderation(),
            uk_confirmed_on=uk_on,
            partner_confirmed_on=partner_on,
            last_confirmed_on=max((on for on in (uk_on, partner_on) if on), default=None),
            member_count=len(members),
            country_count=len(countries),
            created_at=self.at - timedelta(days=self.random.randint(0, 3000)),
            modified_at=self.at - timedelta(seconds=self.random.randint(0, 90_000_000)),
        )
        self.primary = topic
        return row

    def members_of(self, uk: list[Institution], partners: list[Institution]) -> list[Institution]:
        """Two as a rule, up to twelve in networks, one where the source named no partner."""
        size = self.random.choices([1, 2, 3, 4, MOST_MEMBERS], [8, 52, 24, 13, 3])[0]
        if size == MOST_MEMBERS:
            size = self.random.randint(5, MOST_MEMBERS)
        found: dict[str, Institution] = {}
        for _ in range(size * 10):
            if len(found) == size:
                break
            side = uk if not found or self.chance(0.35) else partners
            row = side[0] if self.chance(HUB) else self.skewed(side, 1.5)
            found[row.slug] = row
        return list(found.values())

    def _years(self) -> tuple[date | None, date | None]:
        if self.chance(0.35):
            return None, None
        year = self.today.year - int(30 * self.random.random() ** 2)
        length = self.random.randint(0, 12)
        over = self.chance(0.3) and year + length < self.today.year
        return date(year, 1, 1), date(year + length, 12, 31) if over else None

    def _confirmations(self) -> tuple[date | None, date | None]:
        if self.chance(0.4):
            return None, None
        if self.chance(0.04):  # due: a month's window that chance would often miss
            return self.today - timedelta(days=380), None
        days = [timedelta(days=int(1100 * self.random.random() ** 2)) for _ in range(2)]
        uk, partner = (self.today - gap if self.chance(0.7) else None for gap in days)
        return uk, partner

    def _moderation(self) -> str:
        if self.chance(0.95):
            return Moderation.LISTED
        return self.random.choice([Moderation.DRAFT, Moderation.SUBMITTED, Moderation.WITHDRAWN])

    def links(self, partnership: int) -> Iterator[tuple[type[models.Model], tuple[Any, ...]]]:
        """What hangs on a partnership, given its key: a model and its values for `COLUMNS`."""
        topics = {self.primary.pk, *(topic.pk for topic in self._some(self.topics, 1))}
        for topic in sorted(topics):
            yield PartnershipTopic, (partnership, topic, topic == self.primary.pk)
        for name, rows in self.terms.items():
            through = getattr(Partnership, name).through
            for term in self._some(rows, 2):
                yield through, (partnership, term.pk)
        if self.funders and self.chance(0.5):
            funder = self.skewed(self.funders).pk
            yield Funding, (partnership, funder, "", FundingBand.UNDISCLOSED.value)

    def _some(self, rows: list[Any], most: int) -> list[Any]:
        if not rows:
            return []
        chosen = {row.pk: row for row in (self.skewed(rows, 2) for _ in range(most + 1))}
        return list(chosen.values())[: self.random.randint(0, most + 1)]


@transaction.atomic
def make(number: int, *, seed: int, at: datetime, progress: Progress) -> None:
    """Add so many made-up partnerships, with their institutions, and index everything anew.

    `progress` is told what is being made, how many are done, and how many there will be. Needs
    reference data. One transaction.
    """
    maker = Maker(number, seed=seed, at=at)
    uk: list[Institution] = []
    partners: list[Institution] = []
    made = 0
    for batch in _batches(maker.institutions()):
        for row in Institution.objects.bulk_create(batch):
            (uk if row.country_id == "GB" else partners).append(row)
        made += len(batch)
        progress("institutions", made, max(12, number // 5))
    for start in range(0, number, BATCH):
        _make_batch(maker, range(start, min(start + BATCH, number)), uk, partners)
        progress("partnerships", min(start + BATCH, number), number)
    rebuild(lambda done: progress("index", done, number))


def _make_batch(
    maker: Maker, indexes: range, uk: list[Institution], partners: list[Institution]
) -> None:
    drawn, topics = [], []
    for index in indexes:
        members = maker.members_of(uk, partners)
        drawn.append((maker.partnership(index, members), members))
        topics.append(maker.primary)
    rows = Partnership.objects.bulk_create([row for row, _ in drawn])
    links: dict[type[models.Model], list[tuple[Any, ...]]] = {Member: []}
    for row, (_, members), topic in zip(rows, drawn, topics, strict=True):
        links[Member] += [
            (row.pk, institution.pk, MemberRole.PARTNER.value, position)
            for position, institution in enumerate(members)
        ]
        maker.primary = topic
        for model, values in maker.links(row.pk):
            links.setdefault(model, []).append(values)
    for model, found in links.items():
        insert_rows(model, COLUMNS[model], found)


#: The columns of rows that hang on a partnership, in the order in which they are drawn.
COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Member: ("partnership_id", "institution_id", "role", "position"),
    PartnershipTopic: ("partnership_id", "topic_id", "is_primary"),
    Partnership.activities.through: ("partnership_id", "activity_id"),
    Partnership.professions.through: ("partnership_id", "profession_id"),
    Partnership.sdgs.through: ("partnership_id", "developmentgoal_id"),
    Funding: ("partnership_id", "funder_id", "scheme", "band"),
}


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
