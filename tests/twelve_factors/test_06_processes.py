"""Factor VI: a web process keeps nothing. Any other may answer the next request."""

from pathlib import Path

import pytest

from tests.processes.deploys import Deploy, Web, build, copy_code, procfile
from tests.processes.running import Process, open_files, wait_until
from tests.processes.services import free_port
from tests.processes.shops import Shop
from tests.twelve_factors.browsers import Browser


@pytest.fixture
def webs(deploy: Deploy) -> list[Web]:
    return [deploy.web(), deploy.web()]


def test_a_session_belongs_to_no_process(webs: list[Web], shop: Shop) -> None:
    one, other = webs
    browser, stranger = Browser(), Browser()

    answer = browser.sign_in(one, shop.owner)

    assert answer.status == 302
    assert [browser.is_signed_in(web) for web in (other, one, other)] == [True, True, True]
    assert not stranger.is_signed_in(other)


def test_a_page_of_one_process_may_be_sent_to_another(webs: list[Web], shop: Shop) -> None:
    one, other = webs
    browser = Browser()
    browser.get(one, "/accounts/login/")

    browser.sign_in(other, shop.owner)

    assert browser.is_signed_in(one)


def test_a_session_outlives_processes_and_an_emptied_valkey(
    deploy: Deploy, webs: list[Web], shop: Shop
) -> None:
    browser = Browser()
    browser.sign_in(webs[0], shop.owner)
    before = browser.is_signed_in(webs[1])

    deploy.valkey.ask("FLUSHALL")
    for web in webs:
        web.process.kill()

    assert before
    assert browser.is_signed_in(deploy.web())


def test_serving_and_working_write_no_file(deploy: Deploy, shop: Shop, tmp_path: Path) -> None:
    copy_code(tmp_path)
    assert build(tmp_path).returncode == 0
    port = free_port()
    # As in the image, where Python's own cache was made by the build.
    variables = deploy.variables | {"PYTHONDONTWRITEBYTECODE": "1", "PORT": str(port)}
    before = _files(tmp_path)
    processes = [
        Process(procfile(tmp_path)[name], folder=tmp_path, variables=variables)
        for name in ("web", "worker", "scheduler")
    ]
    web = Web(processes[0], port)

    try:
        wait_until(web.lives)
        browser = Browser()
        browser.sign_in(web, shop.owner)
        number = shop.order(port, email="wanda@customer.example").json()["number"]
        with deploy.orm():
            shop.pay_and_ship(number)
        deploy.wait_until_quiet()
        written = [file for process in processes for file in _open_for_writing(process)]
    finally:
        for process in processes:
            process.kill()

    assert len(deploy.mail.to("wanda@customer.example")) == 3
    assert _files(tmp_path) == before
    # Shared memory of gunicorn and Celery: files that never had a name for anybody else.
    assert [file for file in written if not file.endswith(" (deleted)")] == []


def _files(folder: Path) -> dict[str, float]:
    return {
        str(path): path.stat().st_mtime
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _open_for_writing(process: Process) -> list[str]:
    """Return every file on a disk that the process or a child of it could write to."""
    found = []
    for pid in (process.pid, *process.children()):
        found += [
            one.target
            for one in open_files(pid)
            if one.flags & 3 and one.target.startswith("/") and one.target != "/dev/null"
        ]
    return found
