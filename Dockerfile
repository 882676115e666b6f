# The server of the GitHub App: `fixer bot serve`. docs/bot.md says how to run it.
#
# VERIFY=1 installs PyTorch too (CPU), for /fixer verify.
FROM python:3.12-slim-bookworm AS build
ARG VERIFY=
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY fixer ./fixer
COPY codemods ./codemods
RUN python -m venv /opt/fixer \
    && /opt/fixer/bin/pip install --no-cache-dir -c constraints.txt ".[bot${VERIFY:+,verify}]"

FROM python:3.12-slim-bookworm
# bubblewrap is the sandbox; without it (or without user namespaces, see docs/bot.md) nothing of a pull request is run.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/fixer fixer
COPY --from=build /opt/fixer /opt/fixer
ENV PATH=/opt/fixer/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FIXER_BOT_HOST=0.0.0.0 \
    FIXER_BOT_PORT=8000 \
    FIXER_BOT_DATABASE=sqlite:////var/lib/fixer/queue.sqlite
USER fixer
WORKDIR /var/lib/fixer
VOLUME /var/lib/fixer
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['FIXER_BOT_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["tini", "--", "fixer", "bot", "serve"]
