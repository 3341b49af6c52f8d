"""Factor VII: web is its own web server, on the port it is told."""

import socket
from pathlib import Path

from tests.processes.deploys import Deploy
from tests.processes.running import open_files
from tests.processes.services import LOOPBACK
from tests.processes.shops import Shop


def test_web_answers_everything_on_the_port_it_is_told(deploy: Deploy, shop: Shop) -> None:
    web = deploy.web()
    manifest = (deploy.folder / "staticfiles").rglob("*.css")
    style = next(path for path in manifest if path.name.count(".") > 1)

    answers = {
        "probe": web.ask("/health/live"),
        "page": web.ask("/accounts/login/"),
        "file": web.ask(f"/static/{style.relative_to(deploy.folder / 'staticfiles')}"),
        "api": shop.order(web.port),
    }

    assert {name: answer.status for name, answer in answers.items()} == {
        "probe": 200,
        "page": 200,
        "file": 200,
        "api": 201,
    }
    assert answers["file"].body == style.read_bytes()
    assert "immutable" in answers["file"].headers["Cache-Control"]


def test_each_web_has_a_port_of_its_own(deploy: Deploy) -> None:
    one, other = deploy.web(), deploy.web()

    one.process.kill()

    assert one.port != other.port
    assert not one.lives()
    assert other.lives()


def test_web_speaks_plain_http_to_anybody(deploy: Deploy) -> None:
    """No client of ours, no other server: bytes in, bytes out."""
    web = deploy.web()

    with socket.create_connection((LOOPBACK, web.port), timeout=10) as connection:
        connection.sendall(
            b"GET /health/live HTTP/1.1\r\nHost: 10.0.0.7\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: connection.recv(4096), b""))

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'{"status": "live"' in answer


def test_web_starts_no_other_program(deploy: Deploy) -> None:
    web = deploy.web(WEB_CONCURRENCY="2")
    family = [web.process.pid, *web.process.children()]

    programs = {Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1] for pid in family}

    assert len(family) == 3
    assert {Path(program.decode()).name for program in programs} == {"gunicorn"}


def test_worker_and_scheduler_listen_to_nobody(deploy: Deploy) -> None:
    worker, scheduler = deploy.worker(), deploy.scheduler()

    for process in (worker, scheduler):
        for pid in (process.pid, *process.children()):
            assert _listening(pid) == []


def _listening(pid: int) -> list[str]:
    """Return the local addresses of the process's sockets that accept connections."""
    sockets = {one.target.removeprefix("socket:[").removesuffix("]") for one in open_files(pid)}
    tables = [Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table.splitlines()[1:]]
    return [row[1] for row in rows if row[3] == "0A" and row[9] in sockets]
