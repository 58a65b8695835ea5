"""Turn the direct requirements envs/*.in into exact pins: envs/*.yaml, and driver.txt for .venv.

By hand: `make lock`. It asks uv for the newest versions that go together under Python 3.11, once
for Linux and once for macOS; a pin that only one of them has carries the platform as its marker.
"""

import os
import subprocess
import sys
from pathlib import Path

ENVS = Path(__file__).parent
PYTHON = "3.11"

# The oldest macOS that torch 2.13 has wheels for; uv reads it from here.
MACOS = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}

# uv's name of the platform -> the environment marker that holds there
PLATFORMS = {"linux": "sys_platform == 'linux'", "macos": "sys_platform == 'darwin'"}

HEADER = "# Written by `make lock` from {source}: edit that.\n"

ENVIRONMENT = """\
channels:
  - conda-forge
dependencies:
  - python ={python}
  - pip
  - pip:
{pins}"""


def resolve(requirements: Path, platform: str) -> list[str]:
    """The complete closure of `requirements` on one platform, as lines "name==version"."""
    uv = Path(sys.executable).with_name("uv")
    options = ["--no-header", "--no-annotate"]
    target = ["--python-version", PYTHON, "--python-platform", platform]
    command = [uv, "pip", "compile", "--quiet", *options, *target, requirements]
    environment = os.environ | MACOS
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return done.stdout.split()


def pins(requirements: Path) -> list[str]:
    """The closures on all platforms in one list, with a marker on what not all of them have."""
    closures = {platform: resolve(requirements, platform) for platform in PLATFORMS}
    lines = []
    for pin in sorted(set().union(*closures.values())):
        platforms = [platform for platform in PLATFORMS if pin in closures[platform]]
        everywhere = len(platforms) == len(PLATFORMS)
        lines.append(pin if everywhere else f"{pin} ; {PLATFORMS[platforms[0]]}")
    return lines


def main() -> None:
    for requirements in sorted(ENVS.glob("*.in")):
        header = HEADER.format(source=requirements.name)
        lines = pins(requirements)
        if requirements.stem == "driver":
            target = requirements.with_suffix(".txt")
            target.write_text(header + "".join(f"{line}\n" for line in lines))
        else:
            target = requirements.with_suffix(".yaml")
            section = "".join(f"      - {line}\n" for line in lines)
            target.write_text(header + ENVIRONMENT.format(python=PYTHON, pins=section))
        print(f"{target.relative_to(ENVS.parent)}: {len(lines)} pins")


if __name__ == "__main__":
    main()
