"""Errors of the API as problem documents (RFC 9457) that name the field."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from apps.core.errors import Refusal


def problem(
    status: int, title: str, *, code: str, errors: Iterable[dict[str, str]] = ()
) -> HttpResponse:
    """Return a problem document; `errors` are {"field", "message"} pairs."""
    body: dict[str, object] = {"type": f"/problems/{code}", "title": title, "status": status}
    if listed := list(errors):
        body["errors"] = listed
    return JsonResponse(body, status=status, content_type="application/problem+json")


class JsonObjects(Parser):
    """Bodies are JSON objects: anything else would be read as one in which nothing was said."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        body: object = super().parse_body(request)
        if not isinstance(body, dict):
            raise TypeError("not an object")
        return body


def install(api: NinjaAPI) -> None:
    """Teach an API to refuse in problem documents."""
    api.parser = JsonObjects()
    api.add_exception_handler(Refusal, _refused)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(AuthenticationError, _unauthenticated)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, _not_found)


def _refused(request: HttpRequest, refusal: Any) -> HttpResponse:
    errors = [{"field": refusal.field, "message": str(refusal)}] if refusal.field else []
    code = _dashed(type(refusal).__name__)
    return problem(refusal.status, str(refusal), code=code, errors=errors)


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    errors = [{"field": _path(one["loc"]), "message": str(one["msg"])} for one in error.errors]
    return problem(422, "The request is not valid.", code="invalid", errors=errors)


def _unauthenticated(request: HttpRequest, error: Any) -> HttpResponse:
    title = "Send a valid API key as `Authorization: Bearer dz_...`."
    response = problem(401, title, code="unauthenticated")
    response["WWW-Authenticate"] = "Bearer"
    return response


def _http_error(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, str(error), code="http-error")


def _not_found(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(404, "There is nothing here.", code="not-found")


def _path(location: tuple[str | int, ...]) -> str:
    # ("body", "payload", "lines", 0, "sku") is lines[0].sku to whoever wrote the request.
    where, *rest = location
    parts = rest[1:] if where == "body" and len(rest) > 1 else rest
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or str(where)


def _dashed(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
