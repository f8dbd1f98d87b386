"""The floor of one partnership's whole record: the same by hand-written SQL and `json.dumps`."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from urllib.parse import urlencode

from benchmarks.floor import BOARD, COLUMNS, PUBLIC, Floor, date_of, day_of, moment_of
from partnerships.choices import Freshness, FundingBand
from partnerships.policies.coordinates import coarser, effective_level, shows_city
from partnerships.policies.freshness import freshness

BANDS = dict(FundingBand.choices)

HAVING = (
    "p.id IN (SELECT partnership_id FROM partnerships_facetvalue WHERE facet = %s AND value = %s)"
)


class DetailFloor(Floor):
    def detail(self, name: str, site_url: str, api: str, today: date) -> str:
        """/api/v1/partnerships/<slug>/ as JSON text."""
        row, *_ = self.rows(
            f"SELECT {COLUMNS}, p.location_level, p.is_sensitive, p.last_confirmed_on,"
            " (SELECT max(agreed_at) FROM partnerships_checklist c WHERE c.partnership_id = p.id)"
            f" FROM partnerships_partnership p {BOARD} WHERE {PUBLIC} AND p.slug = %s",
            [self.limit, name],
        )
        *columns, level, sensitive, confirmed, agreed = row
        key = row[0]
        record = self.record(tuple(columns), self.parts([key]), site_url)
        towns = {
            slug: town
            for slug, town, own in self.rows(
                "SELECT i.slug, i.city, i.location_level FROM partnerships_member m"
                " JOIN partnerships_institution i ON i.id = m.institution_id"
                " WHERE m.partnership_id = %s",
                [key],
            )
            if shows_city(coarser(effective_level(level, bool(sensitive)), own))
        }
        for member in record["members"]:
            member["town"] = towns.get(member["institution"]["slug"], "")
        state = freshness(date_of(confirmed), today)
        record["permanent_url"] = f"{site_url}/partnerships/{record['id']}/"
        record["freshness"] = {"code": str(state), "label": str(Freshness(state).label)}
        record["checklist_agreed"] = moment_of(agreed)[:7] if agreed else None
        record["funding"] = [
            {
                "funder": {"code": code, "label": label}, "scheme": scheme, "since": since,
                "until": until,
                "band": None if band == "undisclosed" else {"code": band, "label": BANDS[band]},
            }
            for code, label, scheme, since, until, band in self.rows(
                "SELECT t.code, t.label, f.scheme, f.from_year, f.until_year, f.band"
                " FROM partnerships_funding f JOIN partnerships_funder t ON t.id = f.funder_id"
                " WHERE f.partnership_id = %s ORDER BY f.from_year, f.id",
                [key],
            )
        ]  # fmt: skip
        record["agreements"] = [
            {
                "title": title, "signed": day_of(signed), "renewed": day_of(renewed),
                "expires": day_of(expires), "document_url": url,
            }
            for title, signed, renewed, expires, url in self.rows(
                "SELECT title, signed_on, renewed_on, expires_on, document_url"
                " FROM partnerships_agreement WHERE partnership_id = %s ORDER BY signed_on, id",
                [key],
            )
        ]  # fmt: skip
        cycles = self.rows(
            "SELECT number, note, closed_on FROM partnerships_twinningcycle"
            " WHERE partnership_id = %s ORDER BY number DESC",
            [key],
        )
        record["twinning_cycles"] = [
            {"number": number, "note": note, "closed": day_of(closed), "steps": []}
            for number, note, closed in cycles
        ]
        record["related"] = self._related(record, key, api)
        record["history_url"] = f"{api}{name}/history/"
        return json.dumps(record)

    def _related(self, record: dict[str, Any], key: int, api: str) -> list[dict[str, Any]]:
        owner = record["health_board"]
        asked: list[tuple[str, dict[str, str]]] = []
        for side in ("partner", "uk"):
            places = [m["institution"] for m in record["members"] if m["side"] == side]
            asked += [
                (f"at {place['name']}", {"institution": place["slug"]})
                for place in places[:3]
                if not owner or place["slug"] != owner["slug"]
            ]
        away = [m["institution"]["country"] for m in record["members"] if m["side"] == "partner"]
        codes = away[:1] or [code for code in record["countries"] if code != "GB"]
        if record["topics"] and codes:
            topic = record["topics"][0]
            code, name = self.rows(
                "SELECT alpha2, common_name FROM partnerships_country"
                f" WHERE alpha2 IN ({self.marks(codes)}) ORDER BY common_name LIMIT 1",
                codes,
            )[0]
            asked.append(
                (f"about {topic['label'].lower()} in {name}",
                 {"topic": topic["code"], "country": code})
            )  # fmt: skip
        if owner:
            asked.append((f"with {owner['name']}", {"board": owner["slug"]}))
        if not asked:
            return []
        one, params = [], []
        for number, (_, question) in enumerate(asked):
            having = " AND ".join([HAVING] * len(question))
            one.append(
                f"SELECT {number}, count(*) FROM partnerships_partnership p"
                f" WHERE {PUBLIC} AND p.id <> %s AND {having}"
            )
            params += [self.limit, key, *(part for pair in question.items() for part in pair)]
        counts = dict(self.rows(" UNION ALL ".join(one), params))
        return [
            {"about": about, "partnerships": counts[number], "parameters": question,
             "url": f"{api}?{urlencode(question)}"}
            for number, (about, question) in enumerate(asked)
            if counts[number]
        ]  # fmt: skip
