"""What a page says of itself to search engines and to sites that show links: Open Graph, JSON-LD.

Only what the page itself shows the public; places no finer than the country.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.text import Truncator

from partnerships.choices import InstitutionKind
from partnerships.models import Country, Institution, Partnership, Topic
from partnerships.policies.partial_dates import written

SITE_NAME = "Health Partnership Map"
LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
Data = dict[str, Any]

#: schema.org's types of organisations; whatever is not here is an Organization.
_TYPES = {
    InstitutionKind.HOSPITAL: "Hospital",
    InstitutionKind.HEALTH_CENTRE: "MedicalClinic",
    InstitutionKind.HEALTH_BOARD: "GovernmentOrganization",
    InstitutionKind.MINISTRY: "GovernmentOrganization",
    InstitutionKind.UNIVERSITY: "CollegeOrUniversity",
    InstitutionKind.TRAINING_SCHOOL: "EducationalOrganization",
    InstitutionKind.CHARITY: "NGO",
}


@dataclass(frozen=True, slots=True)
class PageHead:
    """Title, description and canonical address of a page, and its schema.org data."""

    title: str
    description: str
    url: str
    data: Data


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def permanent_address(partnership: Partnership) -> str:
    return absolute(f"/partnerships/{partnership.public_id}/")


def page_head(title: str, description: str, path: str, thing: Data, **page: Any) -> PageHead:
    """The head of a page about one thing, which `thing` describes."""
    url = absolute(path)
    data = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "url": url,
        "name": title,
        "description": description,
        "inLanguage": "en-GB",
        "license": LICENCE,
        "isPartOf": {"@type": "WebSite", "name": SITE_NAME, "url": absolute("/")},
        **page,
        "mainEntity": {**thing, "url": url},
    }
    return PageHead(title, Truncator(description).chars(300), url, data)


def partnership_head(partnership: Partnership, keywords: list[str]) -> PageHead:
    """Needs `with_parts()`."""
    members = [member.institution for member in partnership.members.all()]
    places = dict.fromkeys(
        [each.country.common_name for each in members]
        + [country.common_name for country in partnership.declared_countries.all()]
    )
    description = partnership.summary or f"A health partnership between {' and '.join(places)}."
    thing: Data = {
        "@type": "Project",
        "@id": permanent_address(partnership),
        "identifier": str(partnership.public_id),
        "name": partnership.name,
        "description": description,
        "alternateName": partnership.other_names,
        "areaServed": list(places),
        "keywords": keywords,
        "member": [
            organisation(each) | {"url": absolute(f"/institutions/{each.slug}/")}
            for each in members
        ],
    }
    if partnership.began_on:
        thing["foundingDate"] = written(partnership.began_on, partnership.began_precision)
    if partnership.ended_on:
        thing["dissolutionDate"] = written(partnership.ended_on, partnership.ended_precision)
    path = f"/partnerships/{partnership.slug}/"
    changed = partnership.modified_at.isoformat()
    return page_head(partnership.name, description, path, thing, dateModified=changed)


def organisation(institution: Institution) -> Data:
    kind = InstitutionKind(institution.kind)
    return {
        "@type": _TYPES.get(kind, "Organization"),
        "name": institution.name,
        "address": {"@type": "PostalAddress", "addressCountry": institution.country_id},
    }


def country(of: Country) -> Data:
    return {"@type": "Country", "name": of.common_name, "identifier": of.alpha2}


def topic(of: Topic) -> Data:
    return {
        "@type": "DefinedTerm",
        "name": of.label,
        "termCode": of.code,
        "description": of.description,
        "inDefinedTermSet": absolute("/topics/"),
    }
