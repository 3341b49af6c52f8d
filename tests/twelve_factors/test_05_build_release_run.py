"""Factor V: a build needs no variables, a release migrates once, and what runs changes neither."""

import shutil
from pathlib import Path

import pytest

from tests.processes.conftest import Deploys
from tests.processes.deploys import Deploy, Web, build, copy_code, procfile
from tests.processes.running import PATIENCE, Process, wait_until
from tests.processes.services import Database, free_port
from tests.twelve_factors.sources import ROOT

TABLES = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"


def test_a_build_needs_no_variable(tmp_path: Path) -> None:
    copy_code(tmp_path)

    done = build(tmp_path)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "staticfiles" / "staticfiles.json").exists()


@pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
def test_the_mode_that_builds_does_not_run(name: str, deploy: Deploy) -> None:
    process = deploy.start(name, BUILD_MODE="true")

    code = process.join()

    assert code not in {0, -9}
    assert "BUILD_MODE builds static files" in "\n".join(process.lines + process.complaints)


def test_releases_at_the_same_time_migrate_once(deploy: Deploy) -> None:
    database = Database("race")
    database.create()
    variables = deploy.variables | {"DATABASE_URL": database.url}
    command = procfile(ROOT)["release"]

    releases = [Process(command, folder=deploy.folder, variables=variables) for _ in range(3)]
    codes = [release.join(within=PATIENCE * 3) for release in releases]

    said = ["\n".join(release.lines) for release in releases]
    applied = [words.count("Applying ") for words in said]
    recorded = database.ask("SELECT count(*), count(DISTINCT (app, name)) FROM django_migrations")
    held = database.ask(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE locktype = 'advisory' AND datname = current_database()"
    )
    database.drop()
    assert codes == [0, 0, 0], [release.complaints for release in releases]
    assert sorted(applied)[:2] == [0, 0]
    assert recorded == [(sum(applied), sum(applied))]
    assert held == [(0,)]


def test_nothing_but_the_release_migrates(deploys: Deploys) -> None:
    deploy = deploys.new("bare")
    deploy.database.create()

    web = deploy.web()
    worker = deploy.worker()
    scheduler = deploy.scheduler()
    scheduler.says("scheduler_database_away")

    assert web.ask("/health/ready").status == 200
    assert worker.is_running()
    assert deploy.database.ask(TABLES) == [(0,)]


def test_web_serves_what_was_built_and_nothing_that_came_later(
    deploy: Deploy, tmp_path: Path
) -> None:
    copy_code(tmp_path)
    assert build(tmp_path).returncode == 0
    port = free_port()
    process = Process(
        procfile(ROOT)["web"], folder=tmp_path, variables=deploy.variables | {"PORT": str(port)}
    )
    web = Web(process, port)
    styles = (tmp_path / "staticfiles" / "core").rglob("*.css")
    built = next(style for style in styles if style.name.count(".") > 1)
    path = f"/static/{built.relative_to(tmp_path / 'staticfiles')}"

    try:
        wait_until(web.lives)
        shutil.copy(built, built.with_name("late.css"))
        answers = [web.ask(path).status, web.ask(path.replace(built.name, "late.css")).status]
    finally:
        process.kill()

    assert answers == [200, 404]
