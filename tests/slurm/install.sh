#!/usr/bin/env bash
# Install the SLURM of tests/slurm from Debian's packages, and start none of its daemons. Does nothing where it is
# there, where we are not root, and on another system: the tests say what is missing, and are skipped. So they are
# where the packages cannot be had.
set -euo pipefail
PATH="$PATH:/usr/sbin"

if type slurmctld slurmd sbatch munged > /dev/null 2>&1 || [ "$(id -u)" != 0 ] || [ ! -e /etc/debian_version ]; then
    exit 0
fi

# Packages ask this before they start a daemon; 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
if ! { apt-get -qq update && apt-get -qq --no-install-recommends install slurmctld slurmd slurm-client munge; } > /dev/null; then
    echo "tests/slurm/install.sh: Debian's packages of SLURM could not be installed" >&2
fi
