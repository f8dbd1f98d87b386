"""Pages as tests read them: asked for, parsed, and put in words."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from django.test import Client


def page(
    path: str,
    status: int = 200,
    client: Client | None = None,
    headers: dict[str, str] | None = None,
    **query: Any,
) -> BeautifulSoup:
    answer = (client or Client()).get(path, query or None, headers=headers)
    assert answer.status_code == status
    return BeautifulSoup(answer.content, "html.parser")


def slugs(soup: BeautifulSoup) -> list[str]:
    return [str(element["data-partnership"]) for element in soup.select("[data-partnership]")]


def number(soup: BeautifulSoup) -> int:
    return int(str(soup.select_one("[data-result-count]")["data-result-count"]))


def text(soup: Any) -> str:
    return " ".join(soup.get_text(" ").split())
