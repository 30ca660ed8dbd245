# Two images of one program: `app` (pages and commands) and `llm` (the same with llama.cpp, compiled).
# Both run as user 10001 on a read-only file system; only /data (and /tmp) is written to.
# Not built yet on the authors' machine, which has no Docker engine; tests/unit/test_deployment.py
# reads this file.

FROM python:3.12.12-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project --extra postgres --extra mcp --extra traces
COPY trees trees
COPY prompts prompts
COPY tools tools
COPY records records
COPY agent agent
COPY evaluation evaluation
COPY ui ui
COPY cli.py ./
RUN uv sync --frozen --no-dev --extra postgres --extra mcp --extra traces

FROM build AS build-llm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential cmake \
    && rm -rf /var/lib/apt/lists/*
# For a GPU, an image with CUDA and --build-arg CMAKE_ARGS=-DGGML_CUDA=on.
ARG CMAKE_ARGS="-DLLAVA_BUILD=OFF -DGGML_NATIVE=OFF"
ENV CMAKE_ARGS=$CMAKE_ARGS
RUN uv sync --frozen --no-dev --extra postgres --extra mcp --extra traces --extra llama

FROM python:3.12.12-slim-bookworm AS base
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    NODRIZA_DATA_FOLDER=/data
RUN install -d -o 10001 -g 10001 -m 0700 /data
WORKDIR /app
ENTRYPOINT ["nodriza"]

FROM base AS llm
# OpenMP, which llama.cpp is linked with.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build-llm /app /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=300s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v1/models', timeout=8)"]
CMD ["llm", "serve"]

FROM base AS app
COPY --from=build /app /app
USER 10001:10001
VOLUME ["/data"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/salud', timeout=8)"]
CMD ["ui", "--host", "0.0.0.0"]
