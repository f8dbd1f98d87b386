"""Where the data are from and under which licence, for people and machines alike.

The reasons, file by file: partnerships/reference/SOURCES.md.
"""

from __future__ import annotations

from dataclasses import dataclass

LICENCE_NAME = "Open Government Licence v3.0"
#: In the list of SPDX.
LICENCE_ID = "OGL-UK-3.0"
LICENCE_URL = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"


@dataclass(frozen=True, slots=True)
class Source:
    """What comes from where, and under which licence."""

    what: str
    whence: str
    licence: str


SOURCES = (
    Source(
        "Partnerships",
        "Public pages of programmes, charities, Boards, universities and governments; each record "
        "links its own",
        "Facts only; the wording is ours",
    ),
    Source(
        "Country codes and names",
        "ISO 3166-1 and UN M49 as collected by datasets/country-codes; everyday names from CLDR "
        "and the World Bank",
        "Public domain (PDDL)",
    ),
    Source(
        "WHO regions, workforce safeguards list",
        "World Health Organization; the names on the safeguards list of 2023 were not checked "
        "against WHO’s page",
        "Facts",
    ),
    Source(
        "Income groups",
        "World Bank country classification, by fiscal year",
        "CC BY 4.0: World Bank",
    ),
    Source(
        "Health Boards",
        "Public Health Scotland’s open data; code history of the Office for National Statistics",
        "Open Government Licence",
    ),
    Source(
        "Places of NHS institutions",
        "NHS Organisation Data Service, by way of the Royal College of Paediatrics and Child "
        "Health",
        "Open Government Licence",
    ),
    Source(
        "Places of African hospitals",
        "Maina and others 2019: public health facilities of sub-Saharan Africa",
        "CC BY 4.0: the authors",
    ),
    Source("Towns", "GeoNames", "CC BY 4.0: GeoNames"),
    Source("Outlines of countries", "Natural Earth", "Public domain"),
    Source(
        "Principles",
        "Titles from the bodies named on the page of principles; hallmarks are our own words, "
        "inspired by them",
        "Facts; the wording is ours",
    ),
)
