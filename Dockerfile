# One image for every service: the locked requirements in one layer, the package in another, no compiler in the end.
FROM python:3.12-slim AS build
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY sql ./sql
COPY mlb_ml_assets ./mlb_ml_assets
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN groupadd --gid 10001 mlb && useradd --uid 10001 --gid mlb --home-dir /home/mlb --create-home mlb \
    && install -d -o mlb -g mlb /dagster_home /artifacts
COPY --from=build /opt/venv /opt/venv
COPY --chown=mlb:mlb dagster.yaml /dagster_home/dagster.yaml
COPY --chown=mlb:mlb deploy/workspace.yaml /dagster_home/workspace.yaml
ENV PATH=/opt/venv/bin:$PATH \
    DAGSTER_HOME=/dagster_home \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER mlb
WORKDIR /dagster_home
ENTRYPOINT []
CMD ["mlb-ml", "--help"]
