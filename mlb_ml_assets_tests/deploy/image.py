"""What the Dockerfile puts into the image, as far as services see it.

Belongs here: files copied and variables set in its last stage; files that its first stage builds from.
Not here: building anything.
"""

import re
import shlex
from pathlib import Path

from mlb_ml_assets_tests.deploy.compose_file import ROOT

_TEXT = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE))
# Before the first stage is the argument that both are from.
_BUILD, _RUN = _TEXT.split("\nFROM ")[-2:]


def copied_to_build() -> list[Path]:
    """Files and folders of the checkout that the package is built from."""
    names = [name for line in re.findall(r"^COPY (.*)$", _BUILD, re.MULTILINE) for name in line.split()[:-1]]
    return [path for name in names for path in ROOT.glob(name)]


def build_command() -> list[str]:
    """The pip arguments with which the package itself is installed."""
    (command,) = (run for run in re.findall(r"^RUN (.*)$", _BUILD, re.MULTILINE) if run.rstrip().endswith(" ."))
    return shlex.split(command)[1:]


def build_steps() -> list[tuple[str, str]]:
    """COPY and RUN of the first stage, in order."""
    return re.findall(r"^(COPY|RUN) (.*)$", _BUILD, re.MULTILINE)


def copied_to_image() -> dict[str, Path]:
    """File of the checkout by its place in the image."""
    lines = (line.split() for line in re.findall(r"^COPY (?!--from)(.*)$", _RUN, re.MULTILINE))
    return {place: ROOT / name for name, place in lines}


def image_environment() -> dict[str, str]:
    """Variables that the image sets."""
    (line,) = re.findall(r"^ENV (.*)$", _RUN, re.MULTILINE)
    return dict(part.split("=", 1) for part in line.split())


def image_user() -> str:
    """Who its processes run as."""
    (user,) = re.findall(r"^USER (.*)$", _RUN, re.MULTILINE)
    return user


def working_folder() -> str:
    """Where its processes start."""
    (folder,) = re.findall(r"^WORKDIR (.*)$", _RUN, re.MULTILINE)
    return folder
