#!/usr/bin/env bash
# Takes Documentation/run.png: a real `mien run` in a real terminal on a virtual screen.
# Needs xvfb, xterm, imagemagick and fonts-dejavu-core (Debian), and a release build (`make build`).
set -euo pipefail
cd "$(dirname "$0")/.."
Xvfb :77 -screen 0 1500x800x24 >/dev/null 2>&1 & screen=$!
trap 'kill $screen 2>/dev/null' EXIT
sleep 1
DISPLAY=:77 xterm -fa 'DejaVu Sans Mono' -fs 11 -geometry 118x29+0+0 -bg '#101418' -fg '#d8dee9' \
    -e .build/release/mien run --seconds 24 &
sleep 17
DISPLAY=:77 import -window root png:- | convert - -trim +repage -bordercolor '#101418' -border 8 Documentation/run.png
wait %2 || true
