"""Whether an address on the web still leads somewhere."""

from __future__ import annotations

from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen


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
        request = Request(link, method=method, headers={"User-Agent": agent})  # noqa: S310  # see above
        with urlopen(request, timeout=timeout):  # noqa: S310
            return ""
    except HTTPError as error:
        error.close()
        return f"answers {error.code}"
    except URLError as error:
        return f"no answer: {error.reason}"
    except (OSError, HTTPException, ValueError) as error:
        return f"no answer: {str(error) or type(error).__name__}"
