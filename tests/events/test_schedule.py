from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.events import operations
from apps.events.models import Delivery, JobRun
from apps.events.operations.handing import slots_of
from apps.events.tables import Job
from config.schedule import JOBS

NOON = datetime(2026, 3, 29, 12, 0, 30, tzinfo=UTC)


RAN: list[datetime] = []
PLANTED = {"count": Job(RAN.append, every=timedelta(minutes=5), catch_up=3)}


@pytest.fixture
def planted_jobs(settings: Any) -> None:
    settings.SCHEDULED_JOBS = "tests.events.test_schedule.PLANTED"
    RAN.clear()


def test_a_slot_is_a_whole_period_since_midnight() -> None:
    job = Job(print, every=timedelta(minutes=5))

    assert slots_of(job, NOON) == [NOON.replace(second=0)]


def test_missed_slots_are_made_up_for_to_the_limit_of_the_job() -> None:
    job = Job(print, every=timedelta(hours=5), catch_up=3)

    assert [slot.hour for slot in slots_of(job, NOON)] == [10, 5, 0]


def test_a_slot_is_opened_once(db: None, planted_jobs: None) -> None:
    assert operations.open_job_slots() == 3
    assert operations.open_job_slots() == 0
    assert Delivery.objects.count() == JobRun.objects.count() == 3


def test_a_job_runs_with_the_time_of_its_slot(db: None, planted_jobs: None) -> None:
    operations.open_job_slots()

    for delivery in Delivery.objects.all():
        assert operations.settle(delivery_id=delivery.pk)

    assert sorted(RAN) == sorted(JobRun.objects.values_list("slot", flat=True))


@pytest.mark.django_db(transaction=True)
def test_many_schedulers_at_once_open_a_slot_once(planted_jobs: None) -> None:
    def schedule(_: int) -> int:
        try:
            return operations.open_job_slots()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(schedule, range(16)))

    assert sum(opened) == JobRun.objects.count() == Delivery.objects.count() == 3


def test_every_job_of_ours_starts_often_enough_to_have_a_slot_today() -> None:
    assert all(timedelta(0) < job.every <= timedelta(days=1) for job in JOBS.values())
