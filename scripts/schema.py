"""`make schema`: write docs/openapi.yaml, the description of the API, from the code.

The same on every machine: what an installation adds of its own is left out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "openapi.yaml"
#: Stands for the address of the site, here as in docs/api.md.
NEUTRAL = {"SITE_URL": "https://map.example.org", "OPERATOR_NAME": "", "CONTACT_EMAIL": ""}


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ |= NEUTRAL | {
        "DJANGO_SETTINGS_MODULE": "mapapp.settings",
        "DEBUG": "1",
        "ENV_FILE": "",
        "ALLOWED_HOSTS": "",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("spectacular", file=str(TARGET), validate=True, fail_on_warn=True)
    print(TARGET.relative_to(ROOT))


if __name__ == "__main__":
    main()
