"""The floor: the same answers by hand-written SQL and `json.dumps`, no ORM, no framework.

Each function is what a careful person would write for one page by hand. `measure.py` checks that
floor and site say the same before it times either.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from partnerships.choices import (
    CycleStep,
    InstitutionKind,
    MemberRole,
    PartnershipKind,
    Stage,
)
from partnerships.policies.freshness import cutoffs
from partnerships.policies.partial_dates import written

KINDS, STAGES = dict(PartnershipKind.choices), dict(Stage.choices)
INSTITUTION_KINDS, ROLES = dict(InstitutionKind.choices), dict(MemberRole.choices)
STEPS = dict(CycleStep.choices)
UTC = ZoneInfo("UTC")
PUBLIC = (
    "p.moderation = 'listed' AND (p.last_confirmed_on IS NULL"
    " OR p.last_confirmed_on >= %s OR p.stage = 'ended')"
)
COLUMNS = """p.id, p.public_id, p.slug, p.name, p.other_names, p.summary, p.goals, p.uk_learning,
    p.partner_learning, p.project_origin, p.evidence_of_need, p.kind, p.stage, p.stage_reason,
    p.moderation,
    p.began_on, p.began_precision, p.ended_on, p.ended_precision, b.slug, b.name, p.languages,
    p.delivery, p.direction, p.twinning_step, p.website, p.source_url, p.source_note, p.gap_note,
    p.uk_confirmed_on, p.partner_confirmed_on, p.created_at, p.modified_at"""
BOARD = """LEFT JOIN partnerships_healthboard h ON h.institution_id = p.health_board_id
    LEFT JOIN partnerships_institution b ON b.id = h.institution_id"""


class Floor:
    """Runs SQL on a DB-API connection with %s parameters (`is_sqlite` rewrites them)."""

    def __init__(self, connection: Any, today: date, *, is_sqlite: bool) -> None:
        self.connection, self.is_sqlite = connection, is_sqlite
        self.limit = cutoffs(today).hidden_before
        if is_sqlite:
            self.limit = self.limit.isoformat()

    def rows(self, sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
        if self.is_sqlite:
            return list(self.connection.execute(sql.replace("%s", "?"), params))
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def marks(self, keys: list[int]) -> str:
        return ",".join(["%s"] * len(keys))

    # ------------------------------------------------------------------------------ API page

    def api_page(self, size: int, site_url: str, address: str) -> str:
        """The first page of /api/v1/partnerships/ as JSON text."""
        count = self.rows(f"SELECT count(*) FROM partnerships_partnership p WHERE {PUBLIC}",
                          [self.limit])[0][0]  # fmt: skip
        page = self.rows(
            f"SELECT {COLUMNS} FROM partnerships_partnership p {BOARD} WHERE {PUBLIC}"
            " ORDER BY p.name_key, p.id LIMIT %s",
            [self.limit, size],
        )
        keys = [row[0] for row in page]
        parts = self.parts(keys)
        records = [self.record(row, parts, site_url) for row in page]
        more = f"{address}?page_size={size}&page=2" if count > size else None
        return json.dumps({"count": count, "next": more, "previous": None, "results": records})

    def parts(self, keys: list[int]) -> dict[str, dict[int, list[Any]]]:
        marks = self.marks(keys)
        found: dict[str, dict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for pk, role, since, until, uid, slug, name, kind, country in self.rows(
            "SELECT m.partnership_id, m.role, m.since, m.until, i.public_id, i.slug, i.name,"
            " i.kind, i.country_id FROM partnerships_member m JOIN partnerships_institution i"
            f" ON i.id = m.institution_id WHERE m.partnership_id IN ({marks})"
            " ORDER BY m.partnership_id, m.position, m.id",
            keys,
        ):
            place = {"id": str(UUID(str(uid))), "slug": slug, "name": name, "kind": kind,
                     "kind_label": INSTITUTION_KINDS[kind], "country": country}  # fmt: skip
            side = "uk" if country == "GB" else "partner"
            found["members"][pk].append(
                {"side": side, "role": role, "role_label": ROLES[role], "since": since,
                 "until": until, "institution": place}
            )  # fmt: skip
        for pk, country in self.rows(
            "SELECT partnership_id, country_id FROM partnerships_partnership_declared_countries"
            f" WHERE partnership_id IN ({marks}) ORDER BY country_id",
            keys,
        ):
            found["declared"][pk].append(country)
        for pk, code, label, primary in self.rows(
            "SELECT l.partnership_id, t.code, t.label, l.is_primary"
            " FROM partnerships_partnershiptopic l JOIN partnerships_topic t ON t.id = l.topic_id"
            f" WHERE l.partnership_id IN ({marks})"
            " ORDER BY l.partnership_id, l.is_primary DESC, t.position, t.label",
            keys,
        ):
            found["topics"][pk].append({"code": code, "label": label, "primary": bool(primary)})
        for name, table, term in (
            ("activities", "partnership_activities", "activity"),
            ("professions", "partnership_professions", "profession"),
            ("professions_wanted", "partnership_professions_wanted", "profession"),
        ):
            for pk, code, label in self.rows(
                f"SELECT l.partnership_id, t.code, t.label FROM partnerships_{table} l"
                f" JOIN partnerships_{term} t ON t.id = l.{term}_id"
                f" WHERE l.partnership_id IN ({marks})"
                " ORDER BY l.partnership_id, t.position, t.label",
                keys,
            ):
                found[name][pk].append({"code": code, "label": label})
        for pk, code, label in self.rows(
            "SELECT f.partnership_id, t.code, t.label FROM partnerships_funding f"
            f" JOIN partnerships_funder t ON t.id = f.funder_id WHERE f.partnership_id IN ({marks})"
            " ORDER BY f.partnership_id, t.label, f.id",
            keys,
        ):
            funder = {"code": code, "label": label}
            if funder not in found["funders"][pk]:
                found["funders"][pk].append(funder)
        for pk, goal in self.rows(
            "SELECT partnership_id, developmentgoal_id FROM partnerships_partnership_sdgs"
            f" WHERE partnership_id IN ({marks}) ORDER BY developmentgoal_id",
            keys,
        ):
            found["sdgs"][pk].append(goal)
        for pk, slug, latitude, longitude, precision in self.rows(
            "SELECT l.partnership_id, i.slug, l.latitude, l.longitude, l.precision"
            " FROM partnerships_publiclocation l JOIN partnerships_institution i"
            f" ON i.id = l.institution_id WHERE l.partnership_id IN ({marks})"
            " ORDER BY l.partnership_id, l.side, l.id",
            keys,
        ):
            found["locations"][pk].append(
                {
                    "institution": slug,
                    "latitude": latitude,
                    "longitude": longitude,
                    "precision": precision,
                }
            )
        return found

    def record(self, row: tuple[Any, ...], parts: Any, site_url: str) -> dict[str, Any]:
        (
            pk, uid, slug, name, other_names, summary, goals, uk_learning, partner_learning, origin,
            evidence, kind, stage, reason, moderation, began, began_precision, ended,
            ended_precision, board_slug, board_name, languages, delivery, direction, step, website,
            source_url,
            source_note, gap_note, uk_on, partner_on, created, modified,
        ) = row  # fmt: skip
        members = parts["members"][pk]
        countries = {m["institution"]["country"] for m in members} | set(parts["declared"][pk])
        return {
            "id": str(UUID(str(uid))), "slug": slug, "url": f"{site_url}/partnerships/{slug}/",
            "name": name,
            "other_names": json.loads(other_names) if isinstance(other_names, str) else other_names,
            "summary": summary, "goals": goals,
            "learning": {"uk": uk_learning, "partner": partner_learning},
            "project_origin": origin, "evidence_of_need": evidence,
            "kind": {"code": kind, "label": KINDS[kind]},
            "stage": {"code": stage, "label": STAGES[stage]}, "stage_reason": reason,
            "moderation": moderation,
            "began": _partial(began, began_precision), "ended": _partial(ended, ended_precision),
            "health_board": {"slug": board_slug, "name": board_name} if board_slug else None,
            "members": members, "countries": sorted(countries), "topics": parts["topics"][pk],
            "activities": parts["activities"][pk], "professions": parts["professions"][pk],
            "professions_wanted": parts["professions_wanted"][pk],
            "funders": parts["funders"][pk], "sdgs": parts["sdgs"][pk],
            "languages": [part.strip() for part in languages.split(",") if part.strip()],
            "delivery": _coded(delivery, "delivery"), "direction": _coded(direction, "direction"),
            "twinning_step": {"number": step, "label": STEPS[step]} if step else None,
            "locations": parts["locations"][pk],
            "confirmed": {"uk": day_of(uk_on), "partner": day_of(partner_on)},
            "website": website, "source_url": source_url, "source_note": source_note,
            "gap_note": gap_note, "created": moment_of(created), "modified": moment_of(modified),
            "version": f"{_microseconds(modified):x}",
        }  # fmt: skip

    # ----------------------------------------------------------------------------- list page

    def list_page(self, size: int, condition: str, params: list[Any]) -> dict[str, Any]:
        """Everything that the list page shows of the database: count, cards, facets, labels.

        `condition` narrows `p` for a question whose only chosen facet is a country.
        """
        where = f"{PUBLIC} AND {condition}"
        base = f"FROM partnerships_partnership p WHERE {where}"
        every = [self.limit, *params]
        count = self.rows(f"SELECT count(*) {base}", every)[0][0]
        page = self.rows(
            f"SELECT {COLUMNS} FROM partnerships_partnership p {BOARD} WHERE {where}"
            " ORDER BY p.name_key, p.id LIMIT %s",
            [*every, size],
        )
        keys = [row[0] for row in page]
        parts = self._card_parts(keys)
        facets = self.rows(
            "SELECT facet, value, count(*) FROM partnerships_facetvalue"
            f" WHERE facet NOT IN ('institution', %s) AND partnership_id IN (SELECT p.id {base})"
            " GROUP BY facet, value",
            ["country" if params else "", *every],
        )
        if params:
            facets += self.rows(
                "SELECT facet, value, count(*) FROM partnerships_facetvalue"
                " WHERE facet = 'country' AND partnership_id IN"
                f" (SELECT p.id FROM partnerships_partnership p WHERE {PUBLIC})"
                " GROUP BY facet, value",
                [self.limit],
            )
        confirmed = self.rows(
            "SELECT CASE WHEN p.last_confirmed_on IS NULL THEN 'never' ELSE 'some' END, count(*)"
            f" FROM partnerships_partnership p WHERE p.moderation = 'listed' AND {condition}"
            " GROUP BY 1",
            params,
        )
        labels = self.rows(
            "SELECT alpha2, common_name FROM partnerships_country"
            " UNION ALL SELECT code, label FROM partnerships_topic"
            " UNION ALL SELECT code, label FROM partnerships_activity"
            " UNION ALL SELECT code, label FROM partnerships_profession"
            " UNION ALL SELECT code, label FROM partnerships_funder"
            " UNION ALL SELECT i.slug, i.name FROM partnerships_healthboard h"
            " JOIN partnerships_institution i ON i.id = h.institution_id"
            " UNION ALL SELECT CAST(number AS varchar), label FROM partnerships_developmentgoal",
            [],
        )
        return {
            "count": count,
            "slugs": [row[2] for row in page],
            "parts": parts,
            "facets": {(facet, value): number for facet, value, number in facets},
            "confirmed": confirmed,
            "labels": labels,
        }

    def _card_parts(self, keys: list[int]) -> list[Any]:
        marks = self.marks(keys)
        if not keys:
            return []
        return [
            self.rows(
                "SELECT m.*, i.*, c.* FROM partnerships_member m JOIN partnerships_institution i"
                " ON i.id = m.institution_id JOIN partnerships_country c ON c.alpha2 = i.country_id"
                f" WHERE m.partnership_id IN ({marks}) ORDER BY m.position, m.id",
                keys,
            ),
            self.rows(
                "SELECT l.*, t.* FROM partnerships_partnershiptopic l JOIN partnerships_topic t"
                f" ON t.id = l.topic_id WHERE l.partnership_id IN ({marks})"
                " ORDER BY l.is_primary DESC, t.position, t.label",
                keys,
            ),
            self.rows(
                "SELECT d.partnership_id, c.* FROM partnerships_partnership_declared_countries d"
                " JOIN partnerships_country c ON c.alpha2 = d.country_id"
                f" WHERE d.partnership_id IN ({marks}) ORDER BY c.common_name",
                keys,
            ),
            self.rows(
                "SELECT w.partnership_id, t.* FROM partnerships_partnership_professions_wanted w"
                f" JOIN partnerships_profession t ON t.id = w.profession_id"
                f" WHERE w.partnership_id IN ({marks}) ORDER BY t.label",
                keys,
            ),
        ]


def _partial(day: Any, precision: str) -> dict[str, str] | None:
    if not day:
        return None
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return {"value": written(day, precision), "precision": precision}


def day_of(day: Any) -> str | None:
    return str(day) if day else None


def date_of(day: Any) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else day


def _as_moment(moment: Any) -> datetime:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    found: datetime = moment.astimezone(UTC)
    return found


def moment_of(moment: Any) -> str:
    return _as_moment(moment).isoformat()


def _microseconds(moment: Any) -> int:
    return (_as_moment(moment) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _coded(code: str, field: str) -> dict[str, str] | None:
    from partnerships.models import Partnership

    labels = dict(Partnership._meta.get_field(field).flatchoices)
    return {"code": code, "label": labels[code]} if code else None
