# Factor X (Dev/prod parity): development, CI and production run one code base on the same kinds of service, and every container runs this image.
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim-trixie AS build
ARG UV_VERSION=0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir "uv==${UV_VERSION}"
# Dependencies first: their layer changes when the lock does, not when the code does.
COPY requirements.txt /lock/
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv /venv \
    && uv pip sync --python /venv/bin/python --require-hashes /lock/requirements.txt
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY . .
# env -i: no variable, so no secret and no service, and nobody can make the build need one.
RUN env -i PATH="$PATH" python manage.py collectstatic --no-input \
    && python -m compileall -q apps config \
    && chmod -R a+rX,go-w /app

FROM python:${PYTHON_VERSION}-slim-trixie
RUN groupadd --gid 10001 dozen \
    && useradd --uid 10001 --gid dozen --no-log-init --no-create-home --home-dir /tmp dozen
# Owned by root: what runs cannot change what it runs.
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# For web alone. Who starts another process from this image turns it off.
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as http; http.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8000}/health/live\", timeout=2)"]
# Last, because it changes with every commit.
ARG GIT_SHA=""
ENV BUILD_COMMIT=${GIT_SHA}
LABEL org.opencontainers.image.revision=${GIT_SHA}
CMD ["gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]
