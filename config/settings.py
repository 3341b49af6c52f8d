"""
The only reader of the environment, and the same for every deploy: no file for "production".

Factor III (Config): everything that differs between deploys comes from the environment.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.utils.csp import CSP

from config import environment
from config.backing import mailer, redis_url
from config.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

env = environment.read(os.environ)

BUILD_MODE = env.BUILD_MODE
BUILD_COMMIT = env.BUILD_COMMIT
DEBUG = env.DEBUG
FEATURES = env.features
SECRET_KEY = env.SECRET_KEY or "build-mode-refuses-to-serve"
SECRET_KEY_FALLBACKS = env.SECRET_KEY_FALLBACKS
SHUTDOWN_GRACE_SECONDS = env.SHUTDOWN_GRACE_SECONDS
WORKER_CONCURRENCY = env.WORKER_CONCURRENCY

PUBLIC_BASE_URL = env.PUBLIC_BASE_URL.rstrip("/")
PUBLIC_HOST = urlsplit(PUBLIC_BASE_URL).hostname or "localhost"
ALLOWED_HOSTS = [PUBLIC_HOST, *env.ALLOWED_HOSTS]
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL] if PUBLIC_BASE_URL else []

# Lowest layer first: an app may name the apps above it in this list, and no other.
INSTALLED_APPS = [
    "apps.core",
    "apps.accounts",
    "apps.events",
    "apps.team",
    "apps.files",
    "apps.batches",
    "apps.catalog",
    "apps.customers",
    "apps.inventory",
    "apps.orders",
    "apps.payments",
    "apps.fulfillment",
    "apps.invoicing",
    "apps.storefront",
    "apps.reports",
    "apps.notifications",
    "apps.factors",
    "allauth",
    "allauth.account",
    "django_htmx",
    "django_linear_migrations",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    # Probes come by IP address and plain HTTP, so they are answered before host and TLS checks.
    "apps.core.middleware.health",
    "apps.core.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "apps.core.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.context.shell",
            ],
        },
    },
]

# Factor IV (Backing services): each one is a URL; swapping it is a restart, not a code change.
DATABASES = {
    "default": dj_database_url.parse(
        env.DATABASE_URL or "postgresql://unset/unset",
        conn_max_age=600,
        conn_health_checks=True,
    )
}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "connect_timeout": 3,
        # Without these a frozen network leaves a thread waiting for as long as TCP likes to.
        "keepalives_idle": 10,
        "tcp_user_timeout": 10_000,
        "options": (
            f"-c statement_timeout={env.DATABASE_STATEMENT_TIMEOUT}s"
            " -c lock_timeout=3s -c idle_in_transaction_session_timeout=60s"
        ),
        # What a connection sends for the fifth time is prepared, which saves PostgreSQL a third of
        # its work for an order. A pgbouncer between us must be 1.21 or later.
        "server_side_binding": True,
        "prepare_threshold": 5,
    }
)


def _redis(url: str) -> str:
    return redis_url(url, cert_reqs=env.REDIS_SSL_CERT_REQS, ca_certs=env.REDIS_SSL_CA_CERTS)


REDIS_URL = _redis(env.CACHE_URL or env.REDIS_URL or "redis://unset")
BROKER_URL = _redis(env.BROKER_URL or env.REDIS_URL or "redis://unset")
CACHES = {
    "default": {"BACKEND": "apps.core.cache.FallbackCache", "LOCATION": REDIS_URL},
    "sessions": {"BACKEND": "apps.core.cache.SessionCache", "LOCATION": REDIS_URL},
}

# Factor VI (Processes): a web process keeps nothing between requests; sessions live in Redis and,
# so that an eviction or an outage logs nobody out, in PostgreSQL.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "sessions"

MAILERS = {"default": mailer(env.EMAIL_URL)}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.DEFAULT_FROM_EMAIL

S3_BUCKET = env.AWS_STORAGE_BUCKET_NAME
S3_ACCESS_KEY_ID = env.AWS_ACCESS_KEY_ID
S3_SECRET_ACCESS_KEY = env.AWS_SECRET_ACCESS_KEY
S3_REGION = env.AWS_REGION
S3_ENDPOINT_URL = env.AWS_ENDPOINT_URL_S3
S3_PUBLIC_ENDPOINT_URL = env.S3_PUBLIC_ENDPOINT_URL or S3_ENDPOINT_URL

STRIPE_SECRET_KEY = env.STRIPE_SECRET_KEY
STRIPE_PUBLISHABLE_KEY = env.STRIPE_PUBLISHABLE_KEY
STRIPE_WEBHOOK_SECRET = env.STRIPE_WEBHOOK_SECRET
STRIPE_API_BASE = env.STRIPE_API_BASE.rstrip("/")
STRIPE_JS_URL = env.STRIPE_JS_URL

# Static files are built once, named by their content, and served by web itself.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

# Signing in.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "apps.notifications.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "apps.accounts.forms.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.TRUSTED_PROXY_COUNT

# One switch for TLS: the scheme people reach us by.
_TLS = PUBLIC_BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
SECURE_HSTS_SECONDS = env.SECURE_HSTS_SECONDS if _TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _TLS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.TRUSTED_PROXY_COUNT > 0 else None
)
X_FRAME_OPTIONS = "DENY"
_S3_ORIGIN = [S3_PUBLIC_ENDPOINT_URL] if S3_PUBLIC_ENDPOINT_URL else ["https://*.amazonaws.com"]
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, *_S3_ORIGIN],
    "connect-src": [CSP.SELF, *_S3_ORIGIN],
    "font-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
_STRIPE_JS_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(STRIPE_JS_URL))
# The page where a card number is typed, and no other, may load the script of those who take it.
CHECKOUT_CSP: dict[str, list[str]] = SECURE_CSP | {
    "script-src": [CSP.SELF, CSP.NONCE, _STRIPE_JS_ORIGIN, "https://*.js.stripe.com"],
    "connect-src": [CSP.SELF, STRIPE_API_BASE],
    "frame-src": [_STRIPE_JS_ORIGIN, "https://*.js.stripe.com", "https://hooks.stripe.com"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# The largest form is a product that was imported with 1,000 variants, of eleven fields each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000

# Messages are written in English in the code; one catalogue a language, made by
# `manage.py translations`, has the rest.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# What runs when, and who reacts to what: the events app reads both tables by these names.
EVENT_REACTIONS = "config.reactions.REACTIONS"
SCHEDULED_JOBS = "config.schedule.JOBS"
# Which kinds of long work there are, and what the page of imports and exports offers.
BATCH_KINDS = "config.batches.BATCHES"
IMPORT_KINDS = "config.batches.IMPORTS"
EXPORT_KINDS = "config.batches.EXPORTS"

LOGGING_CONFIG = "config.logs.configure"
LOGGING = logging_config(level=env.LOG_LEVEL, shape=env.LOG_FORMAT)
