"""The registry's pages in the admin: thin, scoped, and saving through services."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import admin as accounts_of_django  # registers Group, which goes again
from django.contrib.auth.models import Group

from partnerships.admin import (
    answers,
    api_keys,
    champions,
    checklists,
    coordinators,
    countries,
    evaluations,
    frameworks,
    health_boards,
    imports,
    institutions,
    mail,
    partnerships,
    resources,
    suggestions,
    twinning,
    users,
    vocabularies,
)

# Groups carry Django's own permissions, which nothing here reads.
admin.site.unregister(Group)

__all__ = [
    "accounts_of_django",
    "answers",
    "api_keys",
    "champions",
    "checklists",
    "coordinators",
    "countries",
    "evaluations",
    "frameworks",
    "health_boards",
    "imports",
    "institutions",
    "mail",
    "partnerships",
    "resources",
    "suggestions",
    "twinning",
    "users",
    "vocabularies",
]
