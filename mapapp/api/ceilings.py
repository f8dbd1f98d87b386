"""What is refused before it is read: addresses and bodies that are longer than any question."""

from __future__ import annotations

from django.http import HttpRequest

#: Bytes of a query string. What a question may hold fits in twice.
MAX_QUERY = 8_000
#: Bytes of a body: many times the longest record.
MAX_BODY = 256 * 1024


def refusal(request: HttpRequest) -> tuple[int, dict[str, list[str]]] | None:
    """Status and errors of what is too long; None for everything else. Reads no body."""
    if len(request.META.get("QUERY_STRING", "")) > MAX_QUERY:
        words = f"The question is too long: at most {MAX_QUERY} bytes after the “?”."
        return 400, {"request": [words]}
    # Without a stated length there is no body, whatever else is sent.
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isascii() and length.isdigit() and (len(length) > 9 or int(length) > MAX_BODY):
        return 413, {"body": [f"Send at most {MAX_BODY} bytes at once."]}
    return None
