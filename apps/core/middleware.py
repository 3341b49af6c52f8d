"""What every request passes first: the answer to probes, and its line in the log."""

import logging
import re
import secrets
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

GetResponse = Callable[[HttpRequest], HttpResponse]

log = structlog.get_logger("dozen.request")

PROGRAMS = ("/api/", "/webhooks/")

ACCEPTABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")


def health(get_response: GetResponse) -> GetResponse:
    """
    Answer the platform's probes.

    /health/live touches nothing: a restart cures a hung process, not a database that is away.
    /health/ready says whether this process can serve; only PostgreSQL decides that, because pages
    and order entry work without the rest.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/health/live":
            return JsonResponse({"status": "live", "commit": settings.BUILD_COMMIT})
        if request.path == "/health/ready":
            return _ready()
        return get_response(request)

    return middleware


def _ready() -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError):
        return JsonResponse({"status": "not ready", "database": "away"}, status=503)
    return JsonResponse({"status": "ready", "commit": settings.BUILD_COMMIT})


class RequestLog:
    """Give each request an id, carry it into every log line and event, and log how it ended."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if ACCEPTABLE_REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        log.log(
            logging.ERROR if response.status_code >= 500 else logging.INFO,
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return response


class Language(LocaleMiddleware):
    """
    Speak what the cookie or else the browser asks for, until the gate knows who reads.

    Every request sets the language of its thread anew and gives it back, so that none hears that of
    the one before.
    Programs are answered in English, whatever they accept: they compare.
    """

    def process_request(self, request: HttpRequest) -> None:
        if not request.path_info.startswith(PROGRAMS):
            super().process_request(request)
            return
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not request.path_info.startswith(PROGRAMS):
            response = super().process_response(request, response)
        if not response.streaming:
            # What is streamed is still being said.
            translation.deactivate()
        return response
