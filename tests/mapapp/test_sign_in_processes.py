"""Limits of signing in hold across processes: two real ones, with a database between them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent.parent
#: The tables that failing to sign in asks for; migrating all would take longer than the test.
TABLES = """
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from partnerships.models import User
call_command("createcachetable")
with connection.schema_editor() as editor:
    accounts = (User, EmailAddress, Authenticator, SocialApp)
    for model in (ContentType, Permission, Group, *accounts, Session):
        editor.create_model(model)
"""
TRY = """
from bs4 import BeautifulSoup
from django.test import Client
for _ in range(3):
    sent = {"login": "nobody@example.org", "password": "wrong"}
    answer = Client(headers={"host": "localhost"}).post("/accounts/login/", sent)
    said = BeautifulSoup(answer.content, "html.parser").select_one("[role=alert]").text
    print("Too many attempts" in said)
"""


def test_failures_in_one_process_are_known_to_another(tmp_path: Path) -> None:
    environment = os.environ | {
        "CACHE_URL": "dbcache://sign_in_cache",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'signing_in.sqlite3'}",
    }

    def run(code: str) -> list[str]:
        command = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    assert run(TABLES + TRY) == ["False"] * 3
    assert run(TRY) == ["False", "False", "True"]
