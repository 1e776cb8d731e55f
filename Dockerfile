# syntax=docker/dockerfile:1
#
# docker build -t skep .
# docker run --rm -p 10000:10000 -v skep:/var/lib/skep skep
#
# docs/server.md tells about ports, configuration and clients.

ARG DEBIAN=bookworm
ARG RUST=1.95

FROM rust:${RUST}-${DEBIAN} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --bin skep && cp target/release/skep /skep

# The program needs nothing but the C library (and the certificates of the authorities that LDAP servers are checked by).
FROM debian:${DEBIAN}-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10000 --home-dir /var/lib/skep --create-home --shell /usr/sbin/nologin skep \
    && install -d /etc/skep
COPY --from=build /skep /usr/local/bin/skep

# The catalog, the warehouse and what does not fit into memory; settings are in /etc/skep/hive-site.xml.
ENV SKEP_HOME=/var/lib/skep \
    HIVE_CONF_DIR=/etc/skep
VOLUME /var/lib/skep
WORKDIR /var/lib/skep
USER skep

# HiveServer2 over binary and over HTTP, the web page, the metastore.
EXPOSE 10000 10001 10002 9083
# It has as long as `docker stop --time` gives it to let statements end.
STOPSIGNAL SIGTERM
# Somebody answers at HiveServer2's port; this needs no name and no password. A server with
# hive.server2.transport.mode=http wants another port: docker run --health-cmd.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/10000"]

ENTRYPOINT ["skep"]
CMD ["server"]
