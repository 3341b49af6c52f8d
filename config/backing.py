"""Backing services whose URLs Django and Celery cannot read by themselves."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit


def redis_url(url: str, *, cert_reqs: str, ca_certs: str) -> str:
    """
    Return the URL with its certificate check spelt out.

    A bare rediss:// means "verify" to Django, "do not verify" to Celery's broker. Every client is
    given this URL, so there is one meaning.
    """
    parts = urlsplit(url)
    if parts.scheme != "rediss":
        return url
    query = dict(parse_qsl(parts.query))
    query.setdefault("ssl_cert_reqs", cert_reqs)
    if ca_certs:
        query.setdefault("ssl_ca_certs", ca_certs)
    return urlunsplit(parts._replace(query=urlencode(query)))


def mailer(url: str) -> dict[str, Any]:
    """Return the MAILERS entry for smtp://, smtp+tls:// (STARTTLS) or smtp+ssl://."""
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname or "localhost",
            "port": parts.port or ports.get(parts.scheme, 25),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": parts.scheme == "smtp+tls",
            "use_ssl": parts.scheme == "smtp+ssl",
            # A mail server that hangs holds one worker child this long, and no longer.
            "timeout": 10,
        },
    }
