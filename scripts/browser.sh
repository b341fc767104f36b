#!/bin/sh
# Installs Chromium by apt on Debian where it is missing. Without it there is only a message.
set -eu
grep -q '^ID=debian' /etc/os-release || exit 0
if ! command -v chromium >/dev/null; then
    as_root() {
        if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
    }
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null ||
        echo "No Chromium: the tests of the page will be skipped"
fi
