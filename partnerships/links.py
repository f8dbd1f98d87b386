"""Whether an address on the web still leads somewhere."""

from __future__ import annotations

from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from django.utils.encoding import iri_to_uri


def problem_with(link: str, *, timeout: float, agent: str) -> str:
    """Why a http or https address leads nowhere, for people; "" if it answers.

    Asks for the head alone first. Many servers refuse that, so any refusal is asked again in full,
    of which nothing is read. `timeout` is in seconds, for each wait; redirects are followed.
    """
    return _asked("HEAD", link, timeout, agent) and _asked("GET", link, timeout, agent)


def _asked(method: str, link: str, timeout: float, agent: str) -> str:
    if not link.lower().startswith(("http://", "https://")):
        return "not an address on the web"
    try:
        request = Request(_in_ascii(link), method=method, headers={"User-Agent": agent})  # noqa: S310  # see above
        with urlopen(request, timeout=timeout):  # noqa: S310
            return ""
    except HTTPError as error:
        error.close()
        return f"answers {error.code}"
    except URLError as error:
        return f"no answer: {error.reason}"
    except (OSError, HTTPException, ValueError) as error:
        return f"no answer: {str(error) or type(error).__name__}"


def _in_ascii(link: str) -> str:
    """The same address as servers are asked for it: letters of other scripts are quoted."""
    parts = urlsplit(link)
    path, query = iri_to_uri(parts.path), iri_to_uri(parts.query)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))
