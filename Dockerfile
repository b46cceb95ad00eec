# One image for every service: the locked requirements, then the package, installed apart from what runs.
# By tag here; deploy/pin-images writes the digest of the day into .env, from where compose hands it to the build.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm
FROM ${PYTHON_IMAGE} AS build
# requirements-cluster.txt adds Celery, Kubernetes and S3.
ARG REQUIREMENTS=requirements.txt
WORKDIR /build
COPY requirements*.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r "$REQUIREMENTS"
COPY pyproject.toml README.md LICENSE dagster.yaml ./
COPY sql ./sql
COPY mlb_ml_assets ./mlb_ml_assets
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM ${PYTHON_IMAGE}
# Volumes take the owner of the folder that they are mounted on.
RUN groupadd --gid 10001 mlb \
    && useradd --uid 10001 --gid mlb --no-create-home --home-dir /tmp --shell /usr/sbin/nologin mlb \
    && install -d -o mlb -g mlb /dagster_home /dagster_home/storage /artifacts
COPY --from=build /opt/venv /opt/venv
COPY dagster.yaml /dagster_home/dagster.yaml
COPY deploy/workspace.yaml /dagster_home/workspace.yaml
COPY deploy/dagster-webserver /opt/gateway/dagster-webserver
ENV PATH=/opt/gateway:/opt/venv/bin:$PATH \
    HOME=/tmp \
    DAGSTER_HOME=/dagster_home \
    DAGSTER_DISABLE_TELEMETRY=true \
    MLFLOW_DISABLE_TELEMETRY=true \
    MPLCONFIGDIR=/tmp/matplotlib \
    OPENBLAS_NUM_THREADS=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /dagster_home
CMD ["mlb-ml", "--help"]
