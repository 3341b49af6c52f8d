"""
How web listens. gunicorn reads this file; every line says why it is there.

Factor VII (Port binding): the app is its own web server; the platform only names the port.
"""

import gc
import os
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.logs import logging_config

try:
    env = environment.read(os.environ)
except ImproperlyConfigured as problem:
    sys.exit(str(problem))
if env.BUILD_MODE:
    sys.exit("BUILD_MODE builds static files; it does not serve requests.")

bind = f"0.0.0.0:{env.PORT}"
# Threads: our work waits for PostgreSQL. Two processes of four threads suit two cores.
worker_class = "gthread"
workers = env.WEB_CONCURRENCY
threads = env.WEB_THREADS
# For gthread a heartbeat of the process, not a limit of a request: PostgreSQL's statement_timeout
# and the timeouts of each client bound a request.
timeout = 30
# Leave the platform ten seconds before its SIGKILL.
graceful_timeout = max(5, env.SHUTDOWN_GRACE_SECONDS - 10)
# Longer than the 90 s for which Heroku's router keeps a connection.
keepalive = 95
# Memory that a library leaks is given back now and then, not by all processes at once.
max_requests = 2000
max_requests_jitter = 200
# Shared memory, because a heartbeat file on a slow disk looks like a dead process.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# The control socket wants a writable home; the image has none.
control_socket_disable = True
# Where no proxy is declared, nobody's X-Forwarded headers are believed.
forwarded_allow_ips = "*" if env.TRUSTED_PROXY_COUNT else "127.0.0.1,::1"
# RequestLog writes one line for each request in the shape of all other lines.
accesslog = None
# gunicorn's own messages take the shape of every other line, from the first on.
logconfig_dict = logging_config(level=env.LOG_LEVEL, shape=env.LOG_FORMAT)
logconfig_dict["loggers"]["gunicorn.error"] = {"handlers": [], "propagate": True}


# So many requests load nearly all that a process ever needs.
LOADED_AFTER = 50


def post_request(worker: Any, _request: Any, _environ: Any, _response: Any) -> None:
    """
    Set apart, once, what will not be given back anyway, so that nobody looks for garbage in it.

    To look through it takes 150 ms, and would fall to one request in sixty, by 2 ms to each.
    """
    if worker.nr >= LOADED_AFTER and not hasattr(worker, "has_set_apart"):
        worker.has_set_apart = True
        gc.collect()
        gc.freeze()
