#!/bin/sh
# Puts the browser libraries of package-lock.json into the pages' folder, or with --check says whether they are those.
set -eu
cd "$(dirname "$0")/.."
into=app/console/static
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
for file in echarts/dist/echarts.common.min.js leaflet/dist/leaflet.js leaflet/dist/leaflet.css; do
  made=$(mktemp)
  # Without the reference to a map of the source, which is not served.
  sed -e '/^\/\/# sourceMappingURL=/d' "node_modules/$file" > "$made"
  if [ "${1:-}" = --check ]; then
    cmp "$made" "$into/$(basename "$file")"
    rm "$made"
  else
    chmod 644 "$made"
    mv "$made" "$into/$(basename "$file")"
  fi
done
