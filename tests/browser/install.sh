#!/usr/bin/env bash
# Install Debian's Chromium for tests/browser. Does nothing where there is a Chromium or a Chrome, where we are not
# root, and on another system: the tests say what is missing, and are skipped.
set -euo pipefail

if type chromium > /dev/null 2>&1 || type google-chrome > /dev/null 2>&1 || [ "$(id -u)" != 0 ] || [ ! -e /etc/debian_version ]; then
    exit 0
fi

export DEBIAN_FRONTEND=noninteractive
if ! { apt-get -qq update && apt-get -qq --no-install-recommends install chromium; } > /dev/null; then
    echo "tests/browser/install.sh: Debian's Chromium could not be installed" >&2
fi
