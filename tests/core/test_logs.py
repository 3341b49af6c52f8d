import io
import json
import logging
from collections.abc import Callable, Iterator
from logging import config as logging_setup

import pytest
import structlog
from django.conf import settings
from django.test import Client, RequestFactory

from config import logs

Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    config = logs.logging_config(level="INFO", shape="json")
    written = io.StringIO()
    config["handlers"]["stdout"]["stream"] = written
    logging_setup.dictConfig(config)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging_setup.dictConfig(settings.LOGGING)


def test_every_logger_writes_one_shape(lines: Lines) -> None:
    structlog.get_logger("dozen.orders").info("order_placed", order_id=7)
    logging.getLogger("some.library").warning("it is %s", "late", extra={"minutes": 5})

    ours, theirs = lines()
    assert ours["event"] == "order_placed"
    assert ours["order_id"] == 7
    assert (theirs["event"], theirs["minutes"]) == ("it is late", 5)
    assert {"timestamp", "level", "logger"} <= ours.keys() & theirs.keys()


def test_what_is_bound_to_the_request_is_on_every_line(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(request_id="request-1"):
        logging.getLogger("some.library").warning("hello")

    assert lines()[0]["request_id"] == "request-1"


def test_a_traceback_is_one_line_without_what_people_typed(lines: Lines) -> None:
    def fail(typed: str) -> None:
        raise ValueError("no")

    try:
        fail("my-password-123")
    except ValueError:
        logging.getLogger("some.library").exception("failed")

    [line] = lines()
    assert "my-password-123" not in json.dumps(line)
    assert line["exception"][0]["exc_type"] == "ValueError"  # type: ignore[index]


@pytest.mark.parametrize("name", ["password", "api_key", "SECRET_KEY", "csrf_token", "cookie"])
def test_secrets_are_hidden_by_their_name(lines: Lines, name: str) -> None:
    structlog.get_logger("dozen.orders").info("oops", **{name: "hunter2hunter2"})

    assert lines()[0][name] == "[hidden]"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/pay/{}/", "/track/{}/return/", "/join/{}/", "/accounts/confirm-email/{}/"]
)
def test_a_link_that_is_a_permission_is_not_written_down(
    client: Client, lines: Lines, path: str
) -> None:
    client.get(path.format("bearer-of-this:may"))

    [line] = [one for one in lines() if one["event"] == "request"]
    assert line["path"] == path.format("[hidden]")


def test_a_line_break_cannot_forge_a_line(lines: Lines) -> None:
    logging.getLogger("some.library").warning('first\n{"event": "forged"}')

    assert len(lines()) == 1


@pytest.mark.parametrize("shape", sorted(logs.SHAPES))
def test_every_shape_renders(shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    logging_setup.dictConfig(logs.logging_config(level="INFO", shape=shape))

    logging.getLogger("some.library").warning("hello")

    logging_setup.dictConfig(settings.LOGGING)
    assert "hello" in capsys.readouterr().out


def test_a_link_that_is_a_permission_is_hidden_where_a_library_tells_it(lines: Lines) -> None:
    request = RequestFactory().get("/track/MTpzZWNyZXQ/return/")
    extra = {"request": request, "session_token": "abc"}
    logging.getLogger("django.request").error(
        "Internal Server Error: %s", request.path, extra=extra
    )

    [line] = lines()
    assert line["event"] == "Internal Server Error: /track/[hidden]/return/"
    assert line["request"] == "<WSGIRequest: GET '/track/[hidden]/return/'>"
    assert line["session_token"] == "[hidden]"
