# Two stages: the kernels are compiled in the first, and no compiler is in the second.
FROM python:3.13-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pyproject.toml setup.py README.md LICENSE ./
COPY symbolicator symbolicator
RUN python -m venv /opt/symbolicator \
    && /opt/symbolicator/bin/pip install --no-cache-dir .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home symbolicator \
    && install -d -o symbolicator /cache /builds
COPY --from=build /opt/symbolicator /opt/symbolicator
USER symbolicator
ENV PATH=/opt/symbolicator/bin:$PATH SYMBOLICATOR_CACHE_DIR=/cache SYMBOLICATOR_FILES=/builds
VOLUME /cache
EXPOSE 8642
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8642/health', timeout=2)"]
ENTRYPOINT ["symbolicator"]
CMD ["serve", "--host", "0.0.0.0"]
