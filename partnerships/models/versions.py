"""Which state of the registry an answer belongs to: see `partnerships.versions`."""

from __future__ import annotations

from django.db import models


class DataVersion(models.Model):
    """One row, whose token is replaced after every change of the registry."""

    token = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.token


class ChangeMark(models.Model):
    """Written with a change, taken away when the token is replaced: no state is without a version
    of its own, not even between the two, nor where the process died there."""

    def __str__(self) -> str:
        return str(self.pk)
