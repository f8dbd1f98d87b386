"""Django settings: the only module that reads the environment, through env.py.

Every variable is described in docs/settings.md. With none set, this is a development site that
answers only on this machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF

from mapapp import env
from mapapp.release import release

# Lets classes such as ModelAdmin[Partnership] exist at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = env.read(BASE_DIR)

# ------------------------------------------------------------------------------------ basics

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.allowed_hosts
# The address of the site, for links in mail, downloads and the API outside a request.
SITE_URL = ENV.site_url
# Who runs this installation, and where people can write to; the pages say so, or that nobody did.
OPERATOR_NAME = ENV.operator_name
CONTACT_EMAIL = ENV.contact_email

ROOT_URLCONF = "mapapp.urls"
WSGI_APPLICATION = "mapapp.wsgi.application"
ASGI_APPLICATION = "mapapp.asgi.application"

INSTALLED_APPS = [
    "mapapp.apps.SiteConfig",
    "partnerships.apps.PartnershipsConfig",
    "mapapp.apps.RegistryAdminConfig",  # instead of "django.contrib.admin": see its docstring
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",  # static files in development are served as in production
    "mapapp.apps.RegistryStaticFilesConfig",
    "django.contrib.humanize",
    "django.forms",  # for FORM_RENDERER
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "leaflet",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    "mapapp.replica.ReplicaMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # before gzip: its files are compressed already
    "mapapp.conditional.PolicyMiddleware",  # high, so that the others' answers carry it too
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # streams stay streams
    "mapapp.api.cross_origin.CrossOriginMiddleware",
    "mapapp.api.deprecation.DeprecationMiddleware",
    "mapapp.api.throttling.FairMiddleware",  # outside of what makes 304s, which are counted too
    "mapapp.conditional.PreconditionMiddleware",  # inside gzip: tags describe what we wrote
    "mapapp.conditional.ConditionalMiddleware",  # inside gzip too, and before anything is asked
    "mapapp.behind_links.BehindLinksMiddleware",  # inside: what is kept nowhere gets no tag
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "mapapp.sessions.IdleMiddleware",  # says so in a message
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",  # who: needs the user
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
# Form and widget templates may be replaced in templates/, like any other.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ---------------------------------------------------------------------- databases, cache, mail

DATABASES: dict[str, dict[str, Any]] = {"default": ENV.database}
if ENV.replica is not None:
    DATABASES["replica"] = ENV.replica | {"TEST": {"MIRROR": "default"}}
# Anonymous reads may be a moment old; admin and forms must read what they have just written.
DATABASE_ROUTERS = ["mapapp.replica.ReplicaRouter"] if ENV.replica is not None else []
# Seconds after which PostgreSQL ends a statement of a web process; 0 for never.
QUERY_TIMEOUT = ENV.query_timeout
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Why a record was changed is prose, not a code.
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

# What one release has kept, another does not read.
RELEASE = release(BASE_DIR)
CACHES = {"default": ENV.cache | {"KEY_PREFIX": RELEASE}}

EMAIL_BACKEND = ENV.email["EMAIL_BACKEND"]
EMAIL_HOST = ENV.email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = ENV.email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = ENV.email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = ENV.email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = ENV.email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = ENV.email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = ENV.email.get("EMAIL_FILE_PATH") or None
EMAIL_TIMEOUT = 10  # a mail server that hangs must not hang a page
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.default_from_email

# ------------------------------------------------------------------------------------- people

AUTH_USER_MODEL = "partnerships.User"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# The only way in, so that nothing walks round a second factor: docs/adr/0030.
AUTHENTICATION_BACKENDS = ["mapapp.signing_in.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
# Counted from signing in, whatever is done meanwhile: AccountAdapter.login.
SESSION_COOKIE_AGE = ENV.session_hours * 3600
ACCOUNT_ADAPTER = "mapapp.signing_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # never asked: the adapter opens no sign-up
ACCOUNT_EMAIL_VERIFICATION = (
    "none"  # the unit vouches for addresses, and a link or code proves them
)
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers, and the same page as for others
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # mail of large organisations takes its time
ACCOUNT_FORMS = {
    "login": "mapapp.forms.accounts.LoginForm",
    "request_login_code": "mapapp.forms.accounts.RequestCodeForm",
    "confirm_login_code": "mapapp.forms.accounts.CodeForm",
    "reset_password": "mapapp.forms.accounts.ResetForm",
    "reset_password_from_key": "mapapp.forms.accounts.NewPasswordForm",
    "change_password": "mapapp.forms.accounts.ChangeForm",
    "set_password": "mapapp.forms.accounts.SetForm",
    "reauthenticate": "mapapp.forms.accounts.PasswordAgainForm",
}
MFA_ADAPTER = "mapapp.signing_in.SecondFactorAdapter"
MFA_TOTP_ISSUER = "Health Partnership Map"
MFA_TOTP_TOLERANCE = 1  # clocks of telephones are not exact
MFA_ALLOW_UNVERIFIED_EMAIL = True  # there is no sign-up that it would protect from
MFA_FORMS = {
    "authenticate": "mapapp.forms.accounts.SecondFactorForm",
    "reauthenticate": "mapapp.forms.accounts.SecondFactorAgainForm",
    "activate_totp": "mapapp.forms.accounts.ActivateForm",
}
SOCIALACCOUNT_ADAPTER = "mapapp.signing_in.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {"APPS": [ENV.oidc] if ENV.oidc else []}
}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True  # of the one provider that the operator named
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form may be sent to this site only, and redirects count
SOCIALACCOUNT_REQUESTS_TIMEOUT = 8

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

# ------------------------------------------------------------------------------- static files

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "mapapp.storage.FingerprintedStorage"
        )
    },
}
# Stated, because the test runner turns DEBUG off: otherwise each test client scans STATIC_ROOT.
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG

# ----------------------------------------------------------------------------------- security


def tile_source(url: str) -> list[str]:
    """The content-security-policy source of a tile address; {s} stands for any first label."""
    parts = urlsplit(url.replace("{s}.", "*."))
    return [f"{parts.scheme}://{parts.netloc}"] if parts.scheme and parts.netloc else []


# Nothing inline, nothing from elsewhere, no frames. A script or style tag may carry the nonce.
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", *tile_source(ENV.map_tiles_url)],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "upgrade-insecure-requests": not DEBUG,
    }
}
PERMISSIONS_POLICY: dict[str, Any] = {
    "accelerometer": [],
    "autoplay": [],
    "browsing-topics": [],
    "camera": [],
    "display-capture": [],
    "encrypted-media": [],
    "fullscreen": "self",  # the map
    "geolocation": [],
    "gyroscope": [],
    "microphone": [],
    "midi": [],
    "payment": [],
    "usb": [],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SESSION_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "mapapp.views.errors.csrf_failure"
CSRF_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # load balancers ask without TLS
SECURE_HSTS_SECONDS = 0 if DEBUG else ENV.hsts_seconds
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
# W021 asks for HSTS preload: for whoever owns the registrable domain to decide, not one site in it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
# Only a proxy that always sets or removes this header may be believed.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trust_x_forwarded_proto else None
)

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# An admin form with inlines has many fields; a query string that has more gets a 400.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# ---------------------------------------------------------------------------------- API, map

# How much may be asked: see mapapp/api/throttling.py. Empty for no limit.
API_RATE = ENV.api_rate
API_KEY_RATE = ENV.api_key_rate
API_PROPOSAL_RATE = ENV.api_proposal_rate
# Whose address it is: 0 is the connection's own, N the Nth last of X-Forwarded-For.
NUM_PROXIES = ENV.num_proxies
# How many processes serve, for a check; None where nobody said.
WEB_CONCURRENCY = ENV.web_concurrency

REST_FRAMEWORK: dict[str, Any] = {
    # JSON only: the browsable API loads inline scripts and fails the accessibility tests.
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "mapapp.api.rendering.Negotiation",
    "DEFAULT_METADATA_CLASS": "mapapp.api.rendering.Metadata",
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # Neither needed. A key narrows to what everybody may read, a session widens for its user.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "mapapp.api.keys.KeyAuthentication",  # first: says in 401s what to send
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "EXCEPTION_HANDLER": "mapapp.api.errors.handle",
    "DEFAULT_SCHEMA_CLASS": "mapapp.api.schema.parts.Described",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Where the files of the whole dataset are; made anew when the data have changed.
BULK_DIR = ENV.bulk_dir
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Health Partnership Map",
    "DESCRIPTION": (
        "The public records of a register of health partnerships. No key is needed to read. "
        "How to begin: docs/api.md of the project, and the page for partners of each site."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "LICENSE": {
        "name": "Open Government Licence v3.0 (the register's own data)",
        "url": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "mapapp.api.description.complete",
        "mapapp.api.deprecation.describe",
        "mapapp.api.throttling.describe",
        "mapapp.api.description.share",
    ],
    "ENUM_NAME_OVERRIDES": {  # one name, two lists
        "ChangeKind": ["created", "changed", "removed"],
        "DatePrecision": ["year", "month", "day"],
        "PlacePrecision": ["site", "city", "district"],
    },
    "PATH_CONVERTER_OVERRIDES": {"name": {"type": "string"}},
    "SERVE_INCLUDE_SCHEMA": False,
}
# TILES is stated even when empty: the default asks openstreetmap.org. Without tiles the map shows
# the outlines of countries that we serve.
LEAFLET_CONFIG: dict[str, Any] = {
    "TILES": (
        [("Map", ENV.map_tiles_url, {"attribution": ENV.map_tiles_attribution})]
        if ENV.map_tiles_url
        else []
    ),
    "DEFAULT_CENTER": (25.0, 10.0),
    "DEFAULT_ZOOM": 2,
    "MIN_ZOOM": 1,
    "MAX_ZOOM": 12,  # clustering fails on a map without it
    "SPATIAL_EXTENT": (-180, -85, 180, 85),
    "RESET_VIEW": False,
    "SCALE": "both",
    "PLUGINS": {
        "markercluster": {
            "css": ["vendor/markercluster/MarkerCluster.css"],
            "js": ["vendor/markercluster/leaflet.markercluster.js"],
            "auto-include": False,
        },
    },
}

# ----------------------------------------------------------------------------------- logging

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"tokens": {"()": "mapapp.logs.TokenFilter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["tokens"],
        }
    },
    "root": {"handlers": ["console"], "level": ENV.log_level},
    "loggers": {
        "django": {"handlers": [], "level": ENV.log_level},  # root has one; two would write twice
        # runserver's own handler would write addresses as they are.
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "django.utils.autoreload": {"level": "WARNING"},
        # Bots ask for other hosts all day; the answer is 400, and that is enough.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
