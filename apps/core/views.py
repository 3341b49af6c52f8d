import sys
from collections.abc import Callable
from functools import wraps

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

DATABASE_AWAY = (OperationalError, InterfaceError)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what could not be read. Django's own view would try to read it again, and break."""
    return render(None, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what nobody caught: 503 while PostgreSQL is away, 500 for a bug."""
    away = isinstance(sys.exc_info()[1], DATABASE_AWAY)
    status = 503 if away else 500
    response: HttpResponse
    if request.path.startswith("/api/"):
        title = "Try again in a moment" if away else "Something broke on our side"
        response = JsonResponse(
            {"type": "about:blank", "title": title, "status": status},
            status=status,
            content_type="application/problem+json",
        )
    else:
        # No request context: these pages must not need the database for a user's name.
        response = render(None, f"{status}.html", status=status)
    if away:
        response["Retry-After"] = "5"
    return response


def typed(request: HttpRequest, name: str) -> str:
    """Return what was typed into a search field or link, without what PostgreSQL cannot store."""
    sent = request.POST if request.method == "POST" else request.GET
    return sent.get(name, "").replace("\x00", "").strip()[:200]


def unlisted[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """For pages that a link alone opens: no cache keeps them and no search engine lists them."""

    @never_cache
    @wraps(view)
    def door(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return door
