"""Which state of the registry an answer belongs to."""

from __future__ import annotations

from django.db import models


class DataVersion(models.Model):
    """One row, whose token every change of the registry replaces: see `partnerships.versions`."""

    token = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.token
