# MediaParser: explorer, drive, worker and watcher are one image. How to use it: docs/deploy/docker.md
#   docker build --tag mediaparser:0.1.0 .
# The tests are a part of it: without them passing there is no image. scripts/check_image.sh does the same steps without
# an engine.

FROM debian:bookworm-20260824-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171 AS base
ENV LANG=C.UTF-8 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# Debian keeps only the newest build of a package, so versions of packages are pinned by the suite, not by number.
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get upgrade -y && \
    apt-get install -y --no-install-recommends ca-certificates libimage-exiftool-perl python3 && \
    rm -rf /var/lib/apt/lists/*

FROM base AS build
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install -y --no-install-recommends python3-venv && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements/main.txt requirements/main.txt
RUN python3 -m venv /opt/mediaparser && \
    /opt/mediaparser/bin/python -m pip install --require-hashes -r requirements/main.txt
COPY . .
RUN /opt/mediaparser/bin/python -m pip install --no-deps --no-build-isolation .

FROM build AS tested
# docker build --build-arg TESTS=tests/core: only these
ARG TESTS=tests
RUN /opt/mediaparser/bin/python -m pip install --require-hashes -r requirements/dev.txt
# shellcheck disable=SC2086
RUN PATH="/opt/mediaparser/bin:$PATH" /opt/mediaparser/bin/python -m pytest -p no:cacheprovider -n 2 --dist loadfile ${TESTS} && \
    touch /tested

FROM base AS runtime
ARG UID=1000
ARG GID=1000
RUN groupadd --gid "$GID" mediaparser && \
    useradd --uid "$UID" --gid "$GID" --no-create-home --home-dir /tmp --shell /usr/sbin/nologin mediaparser && \
    install -d -o "$UID" -g "$GID" -m 0750 /library
COPY --from=build /opt/mediaparser /opt/mediaparser
COPY --from=tested /tested /opt/mediaparser/tested
ENV PATH=/opt/mediaparser/bin:/usr/local/bin:/usr/bin:/bin HOME=/tmp PYTHONUNBUFFERED=1 MEDIAPARSER_LIBRARY=/library
USER ${UID}:${GID}
WORKDIR /library
VOLUME /library
EXPOSE 8001 8002
HEALTHCHECK --interval=60s --timeout=15s --start-period=30s CMD ["mediaparser", "--quiet", "status"]
ENTRYPOINT ["mediaparser"]
CMD ["serve", "--host", "0.0.0.0"]
