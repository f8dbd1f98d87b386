"""The admin's pages as a browser sees them: addresses, forms, messages."""

from __future__ import annotations

from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from partnerships import models as registry


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(model, page: str, *args) -> str:
    return reverse(f"admin:partnerships_{model._meta.model_name}_{page}", args=args)


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def submitted(client: Client, address: str, **changes) -> dict[str, object]:
    """What a browser would send from a form page, with some entries changed."""
    return entries(page(client.get(address))) | changes


def entries(soup: BeautifulSoup) -> dict[str, object]:
    """What the form of a page holds."""
    form = soup.select_one("#content form[method=post]")
    data: dict[str, object] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        name, kind = field["name"], field.get("type")
        if "__prefix__" in name or kind in ("submit", "file"):
            continue
        if field.name == "textarea":
            data[name] = field.text.removeprefix("\n").removeprefix("\r\n")
        elif field.name == "select":
            chosen = [o["value"] for o in field.select("option[selected]") if o.get("value")]
            data[name] = chosen if field.has_attr("multiple") else (chosen or [""])[0]
        elif kind in ("checkbox", "radio"):
            if field.has_attr("checked"):
                data.setdefault(name, [])
                data[name].append(field.get("value", "on"))
        else:
            data[name] = field.get("value", "")
    return data


def errors(response) -> list[str]:
    return [item.text.strip() for item in page(response).select(".errorlist li")]


def said(response) -> list[str]:
    return [item.text.strip() for item in page(response).select(".messagelist li")]


def step(client: Client, record, name: str, value: str, reason: str = ""):
    address = url(registry.Partnership, "change", record.pk)
    return client.post(
        address, submitted(client, address, reason=reason) | {name: value}, follow=True
    )
