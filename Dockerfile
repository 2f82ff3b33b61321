# One image for every process of the house: Airflow's four, the hub API and the command line. The command chooses.
FROM python:3.11-slim AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy VIRTUAL_ENV=/opt/hub
RUN python -m venv /opt/hub && pip install --no-cache-dir uv
WORKDIR /src
COPY requirements.lock ./
RUN uv pip sync --no-cache --compile-bytecode --require-hashes requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY catalog catalog
COPY connectors connectors
COPY quality quality
COPY hub hub
COPY reports reports
COPY app app
COPY dags dags
RUN uv pip install --no-cache --no-deps --compile-bytecode .

FROM python:3.11-slim
COPY docker/fonts.sh docker/fonts.conf /tmp/fonts/
RUN /tmp/fonts/fonts.sh && rm -rf /tmp/fonts /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 hub && install -d -o hub -g hub /school /school/var /school/airflow
COPY --from=build /opt/hub /opt/hub
ENV PATH=/opt/hub/bin:$PATH \
    HUB_CAMPUS=/school/campus \
    AIRFLOW_HOME=/school/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/hub/lib/python3.11/site-packages/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False
USER hub
WORKDIR /school
COPY campus campus
EXPOSE 8000 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["campus-hub", "serve", "--host", "0.0.0.0", "--port", "8000"]
