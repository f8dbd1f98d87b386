"""The whole public dataset as files: made in one pass, put in place at once, never kept when old.

Files are of one version of the data and know their checksums. Nothing old is kept beside them: a
record that is withdrawn must not live on in yesterday's file.
"""

from __future__ import annotations

import csv
import fcntl
import gzip
import json
import logging
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.utils import timezone

from partnerships import versions
from partnerships.choices import Freshness, LocationLevel, Moderation
from partnerships.geojson import HEAD, TAIL, feature, point_feature
from partnerships.institution_search import InstitutionSearch
from partnerships.models import Country, Decision, Institution, Partnership
from partnerships.public_lists import country_record, institution_record, vocabulary_records
from partnerships.records import public_records
from partnerships.search import PartnershipSearch
from partnerships.tables import (
    COUNTRIES,
    INSTITUTIONS,
    MEMBERS,
    PARTNERSHIPS,
    VOCABULARIES,
    Table,
)

#: Up to so many partnerships a visitor's request makes the files itself; it takes seconds.
MOST_AT_ONCE = 5_000
#: Seconds that a request waits while another one makes them.
PATIENCE = 10
#: Names of folders with files; nothing else is ever deleted.
_OURS = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{16}-[0-9a-f]{6}")
MANIFEST, POINTER, LOCK = "manifest.json", "present", ".lock"
Record = dict[str, Any]
Progress = Callable[[int], None]
log = logging.getLogger(__name__)
#: What a transaction that began before reading may have decided, and committed after it.
_LATE = timedelta(minutes=1)


class NotMade(Exception):
    """There are no files that may be given away now. `pause` is in seconds."""

    def __init__(self, reason: str, pause: int) -> None:
        super().__init__(reason)
        self.reason, self.pause = reason, pause


@dataclass(frozen=True, slots=True)
class File:
    """One file, and its gzip twin with `.gz` at the end of its name. Sums are SHA-256, in hex."""

    name: str
    rows: int
    bytes: int
    sha256: str
    gzip_bytes: int
    gzip_sha256: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Files of one version of the data. `made` is when reading began; `of` says of what."""

    folder: Path
    of: str
    made: datetime
    seconds: float
    files: dict[str, File]

    def open(self, name: str) -> IO[bytes]:
        return (self.folder / name).open("rb")


@dataclass(frozen=True, slots=True)
class Bulk:
    """Where the files are, and whose addresses stand in them. `release` changes with the code."""

    folder: Path
    site_url: str
    release: str

    def of(self) -> str:
        """What files made now would be of: data, addresses and code. One query."""
        text = f"{versions.current()} {self.site_url} {self.release}"
        return sha256(text.encode()).hexdigest()[:16]

    def latest(self) -> Snapshot | None:
        """The files that are there, of whatever version."""
        try:
            folder = self.folder / (self.folder / POINTER).read_text(encoding="utf-8")
            said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            files = {each["name"]: File(**each) for each in said["files"]}
            made = datetime.fromisoformat(said["made"])
            return Snapshot(folder, said["of"], made, said["seconds"], files)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # none, not whole after a power cut, or written by other code

    def present(self) -> Snapshot:
        """The files for a visitor: of the present data, or in a large registry of a little before,
        unless something was taken out since. Makes them in a small one. Raises NotMade."""
        found, now = self.latest(), self.of()
        if found and found.of == now and versions.may_keep():
            return found
        if Partnership.objects.count() <= MOST_AT_ONCE:
            try:
                return self._made_now(now)
            except OSError as error:
                log.exception("The files of the whole dataset cannot be written")
                raise NotMade("The files cannot be written.", 3600) from error
        if found is None:
            raise NotMade("The files are not made yet.", 3600)
        if taken_out_since(found.made):
            raise NotMade("Something was taken out; the files are to be made without it.", 600)
        return found

    def _made_now(self, now: str) -> Snapshot:
        with self._lock(PATIENCE) as is_ours:
            found = self.latest()
            if found and found.of == now and versions.may_keep():
                return found  # made by somebody else while we waited
            if not is_ours:
                raise NotMade("The files are being made.", PATIENCE)
            return self._make(lambda number: None)

    def make(self, progress: Progress = lambda number: None) -> Snapshot:
        """New files, whatever there is; waits for whoever makes some already. Memory does not grow
        with the registry. Nothing is seen of them before all are whole."""
        with self._lock(None):
            return self._make(progress)

    def _make(self, progress: Progress) -> Snapshot:
        made, began, of = timezone.now(), time.monotonic(), self.of()
        folder = self.folder / f"{made:%Y-%m-%d}-{of}-{uuid4().hex[:6]}"
        folder.mkdir()
        try:
            files = _write_all(folder, self.site_url, progress)
            seconds = round(time.monotonic() - began, 2)
            said = {"of": of, "made": made.isoformat(), "seconds": seconds,
                    "files": [asdict(file) for file in files]}  # fmt: skip
            (folder / MANIFEST).write_text(json.dumps(said, indent=1), encoding="utf-8")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        pointer = self.folder / f".{POINTER}"
        pointer.write_text(folder.name, encoding="utf-8")
        pointer.replace(self.folder / POINTER)
        self._clear(keep=folder)
        return Snapshot(folder, of, made, seconds, {file.name: file for file in files})

    def _clear(self, keep: Path) -> None:
        """Nothing but the present files; what is being sent now is sent to its end."""
        for path in self.folder.iterdir():
            if _OURS.fullmatch(path.name) and path != keep:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _lock(self, patience: float | None) -> Iterator[bool]:
        """Whether it is ours; without patience it waits until it is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LOCK).open("w") as file:
            until = None if patience is None else time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | (fcntl.LOCK_NB if until else 0))
                except BlockingIOError:
                    if until and time.monotonic() < until:
                        time.sleep(0.05)
                        continue
                    yield False
                    return
                yield True  # closing the file gives it back
                return


def taken_out_since(moment: datetime) -> bool:
    """Whether the public should no longer have something that it had: a record withdrawn or
    deleted, or a change of one whose places are not told exactly. Four queries at most."""
    moment -= _LATE
    since = {"history_date__gte": moment}
    rows = Partnership.history.filter(**since).order_by()
    places = Institution.history.filter(**since).order_by()
    gone = rows.filter(history_type="-") | rows.exclude(location_level=LocationLevel.EXACT)
    hidden = places.filter(history_type="-") | places.exclude(location_level=LocationLevel.EXACT)
    decided = Decision.objects.filter(decided_at__gte=moment, before=Moderation.LISTED)
    return any(query.exists() for query in (decided, gone, rows.filter(is_sensitive=True), hidden))


class _Out:
    """A file and its twin, written together, counted and summed on the way."""

    def __init__(self, stack: ExitStack, path: Path) -> None:
        self.path, self.rows, self.bytes, self.sum = path, 0, 0, sha256()
        self._file = stack.enter_context(path.open("wb"))
        self._twin = stack.enter_context(path.with_name(f"{path.name}.gz").open("wb"))
        # No name and no time inside, so that the same data has the same sum.
        self._gzip = stack.enter_context(
            gzip.GzipFile(filename="", mode="wb", fileobj=self._twin, mtime=0, compresslevel=6)
        )

    def write(self, text: str) -> int:
        data = text.encode()
        self.bytes += len(data)
        self.sum.update(data)
        self._gzip.write(data)
        return self._file.write(data)

    def line(self, text: str) -> None:
        self.rows += 1
        self.write(text)

    def told(self) -> File:
        """After the files are closed."""
        twin, digest = self.path.with_name(f"{self.path.name}.gz"), sha256()
        with twin.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        return File(
            self.path.name, self.rows, self.bytes, self.sum.hexdigest(),
            twin.stat().st_size, digest.hexdigest(),
        )  # fmt: skip


class _Csv:
    def __init__(self, out: _Out, table: Table) -> None:
        self._out, self._table = out, table
        self._writer = csv.writer(out)
        self._writer.writerow(table.headings)

    def add(self, record: Record) -> None:
        self._out.rows += 1
        self._writer.writerow(self._table.row(record))


class _Features:
    def __init__(self, out: _Out) -> None:
        self._out = out
        out.write(HEAD)

    def add(self, found: Record) -> None:
        before = "," if self._out.rows else ""
        self._out.line(f"{before}\n{_json(found)}")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write_all(folder: Path, site_url: str, progress: Progress) -> list[File]:
    with ExitStack() as stack:
        outs: dict[str, _Out] = {}

        def out(name: str) -> _Out:
            outs[name] = _Out(stack, folder / name)
            return outs[name]

        _partnerships(out, site_url, progress)
        _institutions(out, site_url)
        countries = _Csv(out("countries.csv"), COUNTRIES)
        for country in Country.objects.order_by("alpha2"):
            countries.add(country_record(country, site_url=site_url))
        terms = _Csv(out("vocabularies.csv"), VOCABULARIES)
        for name, rows in vocabulary_records().items():
            for row in rows:
                terms.add({"list": name, **row})
    return [each.told() for each in outs.values()]


def everything() -> PartnershipSearch:
    """All that a visitor may see, also what the list leaves out because nobody confirms it."""
    return PartnershipSearch({"confirmed": list(Freshness.values)})


def _partnerships(out: Callable[[str], _Out], site_url: str, progress: Progress) -> None:
    """In one pass, so that the four files are of the same records."""
    table = _Csv(out("partnerships.csv"), PARTNERSHIPS)
    lines, map_file = out("partnerships.jsonl"), out("partnerships.geojson")
    features, members = _Features(map_file), _Csv(out("members.csv"), MEMBERS)
    records = public_records(everything().for_export(), site_url=site_url)
    for number, record in enumerate(records, start=1):
        table.add(record)
        lines.line(_json(record) + "\n")
        features.add(feature(record))
        for member in record["members"]:
            members.add(member | {"of_id": record["id"], "of": record["slug"]})
        if number % 1000 == 0:
            progress(number)
    map_file.write(TAIL)


def _institutions(out: Callable[[str], _Out], site_url: str) -> None:
    table = _Csv(out("institutions.csv"), INSTITUTIONS)
    lines, map_file = out("institutions.jsonl"), out("institutions.geojson")
    features = _Features(map_file)
    rows = InstitutionSearch({}).results().for_list().select_related("successor")
    for row in rows.prefetch_related("aliases", "identifiers").iterator(chunk_size=500):
        record = institution_record(row, site_url=site_url)
        table.add(record)
        lines.line(_json(record) + "\n")
        features.add(point_feature(record))
    map_file.write(TAIL)
