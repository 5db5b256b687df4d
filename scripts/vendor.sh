#!/bin/sh
# Puts the browser libraries and the font of package-lock.json where they are served, or with --check says whether they
# are those.
set -eu
cd "$(dirname "$0")/.."
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
# put MADE WHERE
put() {
  if [ "$check" = --check ]; then
    cmp "$1" "$2"
    rm "$1"
  else
    chmod 644 "$1"
    mv "$1" "$2"
  fi
}
check=${1:-}
for file in echarts/dist/echarts.common.min.js leaflet/dist/leaflet.js leaflet/dist/leaflet.css; do
  made=$(mktemp)
  # Without the reference to a map of the source, which is not served.
  sed -e '/^\/\/# sourceMappingURL=/d' "node_modules/$file" > "$made"
  put "$made" "app/console/static/$(basename "$file")"
done
noto=node_modules/@expo-google-fonts/noto-sans-sc
made=$(mktemp)
.venv/bin/python scripts/font/subset.py "$noto/400Regular/NotoSansSC_400Regular.ttf" "$made"
put "$made" app/papers/font/NotoSansSC-Regular.subset.ttf
made=$(mktemp)
cp "$noto/LICENSE_FONT" "$made"
put "$made" app/papers/font/OFL.txt
