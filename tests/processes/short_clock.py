"""Settings of a deploy whose clock starts a job four times a second. Copied to where they run."""

from config.settings import *  # noqa: F403 - all settings but one

SCHEDULED_JOBS = "short_jobs.JOBS"
