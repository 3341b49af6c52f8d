"""
Runs every check, says how long each took, and fails if one found something.

usage: bin/check [STEP...]      without a step: all of them
"""

import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TOOLS = f"{ROOT}/.venv/bin:{ROOT}/.dozen/tools:{os.environ.get('PATH', os.defpath)}"
# The present pins are what uv prefers, so a newer release alone does not make a lock stale.
LOCKS = """
fresh=$(mktemp -d)
trap 'rm -r "$fresh"' EXIT
cp requirements.txt requirements-dev.txt "$fresh"
compile() {
  uv pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-header "$@"
}
compile pyproject.toml -o "$fresh/requirements.txt" >/dev/null
compile --group dev pyproject.toml -c requirements.txt -o "$fresh/requirements-dev.txt" >/dev/null
diff requirements.txt "$fresh/requirements.txt"
diff requirements-dev.txt "$fresh/requirements-dev.txt"
"""
# A deploy as the checks of Django want to see one; nothing of it is reached.
DEPLOY = f"""
export PUBLIC_BASE_URL=https://dozen.example SECRET_KEY={secrets.token_urlsafe(48)}
export DATABASE_URL=postgresql://dozen@db.example/dozen REDIS_URL=rediss://redis.example/0
export EMAIL_URL=smtp+tls://mail.example AWS_STORAGE_BUCKET_NAME=dozen TRUSTED_PROXY_COUNT=1
"""
# Name by name: what a shell runs in the root of the project, where any failure ends it.
STEPS = {
    "locks": LOCKS,
    "format": "ruff format --check",
    "lint": "ruff check",
    "templates": "djade --check --target-version 6.1 $(find apps -name '*.html')",
    "upgrade": "django-upgrade --check --target-version 6.1 $(find apps config tests -name '*.py')",
    "spelling": "codespell",
    "imports": "lint-imports",
    "workflow": "check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml",
    "types": "BUILD_MODE=true mypy apps config tests bin manage.py",
    "translations": "BUILD_MODE=true python manage.py translations --check",
    "migrations": "python manage.py makemigrations --check",
    "static": 'env -i PATH="$PATH" python manage.py collectstatic --no-input --verbosity 0',
    "deploy": f"{DEPLOY} python manage.py check --deploy --fail-level WARNING",
    # Three, also on two cores: tests of processes and pages wait more than they work.
    "tests": "bin/test -n 3 --dist worksteal",
}
# Alone and last, because it needs the whole machine.
LAST = "tests"


class Outcome(NamedTuple):
    step: str
    passed: bool
    seconds: float

    def __str__(self) -> str:
        return f"{'ok' if self.passed else 'FAILED':<6} {self.seconds:6.1f} s  {self.step}"


def main(chosen: list[str]) -> int:
    unknown = set(chosen) - set(STEPS)
    if unknown:
        sys.exit(f"bin/check: no step is named {', '.join(unknown)}; there are {', '.join(STEPS)}.")
    began = time.monotonic()
    outcomes = run_all(chosen or list(STEPS))
    print("\nSlowest last:")
    for outcome in sorted(outcomes, key=lambda one: (not one.passed, one.seconds)):
        print(outcome)
    failed = [one.step for one in outcomes if not one.passed]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "All is well"
    print(f"{verdict}, after {time.monotonic() - began:.0f} s.")
    return 1 if failed else 0


def run_all(steps: list[str]) -> list[Outcome]:
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = [pool.submit(run, step, quiet=True) for step in steps if step != LAST]
        outcomes = [done.result() for done in as_completed(running)]
    if LAST in steps:
        outcomes.append(run(LAST, quiet=False))
    return outcomes


def run(step: str, *, quiet: bool) -> Outcome:
    """Run one step; a quiet one shows what it said only if it failed."""
    began = time.monotonic()
    done = subprocess.run(
        ["/bin/sh", "-euc", STEPS[step]],
        cwd=ROOT,
        env={**os.environ, "PATH": TOOLS},
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    outcome = Outcome(step, done.returncode == 0, time.monotonic() - began)
    said = "" if outcome.passed or not quiet else f"{done.stdout.rstrip()}\n"
    print(f"{said}{outcome}", flush=True)
    return outcome


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
