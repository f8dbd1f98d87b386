"""People with accounts: champions, the coordination unit, auditors."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from simple_history.models import HistoricalRecords

from partnerships.choices import ChampionRole, UserRole
from partnerships.policies.permissions import VISITOR, Viewer, signed_in_as


class User(AbstractUser):
    """An account. What a champion may do follows from their tenures, not from a flag here."""

    email = models.EmailField("e-mail address", blank=True, help_text="Used to sign in.")
    role = models.CharField(
        max_length=10,
        choices=UserRole.choices,
        default=UserRole.NONE,
        blank=True,
        help_text="The coordination unit edits every record; auditors read every record.",
    )

    session_number = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="How often everything that was signed in was signed out at once.",
    )

    #: Whether an authenticator app is set up. Signing in brings it along on each request; None
    #: where nobody asked, as of the account that commands act as.
    second_factor: bool | None = None

    # Who may do what, and since when; never who somebody is or how to reach them.
    history = HistoricalRecords(
        excluded_fields=[
            "date_joined",
            "email",
            "first_name",
            "last_login",
            "last_name",
            "password",
            "username",
        ]
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_unique",
                violation_error_message="Another account has this e-mail address.",
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session is good while this is: a new password ends it, and so does a new number."""
        return salted_hmac(
            "partnerships.User.session",
            f"{self.session_number} {self.password}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


def viewer_of(user: object, *, on: date) -> Viewer:
    """What a user may see and do on a day, as plain values; one query for a signed-in user.

    None, an anonymous and an inactive user are visitors, and so is who signed in without the second
    factor that the role asks for.
    """
    if isinstance(user, Viewer):
        return user
    viewer = role_of(user, on=on)
    lacks = isinstance(user, User) and user.second_factor is False
    return signed_in_as(viewer, has_second_factor=not lacks)


def role_of(user: object, *, on: date) -> Viewer:
    """The same whatever they signed in with: for asking who needs a second factor."""
    if not isinstance(user, User) or not user.is_active:
        return VISITOR
    from partnerships.models.institutions import Champion  # the two models name each other

    tenures = list(Champion.objects.filter(user=user).on(on).values_list("board_id", "role"))
    return Viewer(
        user_id=user.pk,
        role=user.role,
        is_superuser=user.is_superuser,
        boards=frozenset(board for board, _ in tenures),
        leads=frozenset(board for board, role in tenures if role == ChampionRole.LEAD),
    )
