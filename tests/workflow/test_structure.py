"""Promises of the structure: a stage is one word, imports go down, no module is long."""

import ast
from pathlib import Path

from workflow_copy import REPOSITORY

LIBRARY = REPOSITORY / "workflow_scripts/abacad"
STAGES = {path.stem for path in (REPOSITORY / "rules").glob("*.smk")} - {"common"}

# From the ground up: a room imports from those of lower floors alone, and from itself.
FLOORS = (
    {"tables", "devices", "seeds"},
    {"cadences"},
    {"needles", "settings"},
    {"preprocess", "folds", "images", "score", "bundle"},
    {"model"},
    {"simulate", "overlaps", "search", "train", "ensemble"},
    {"report", "config", "candidates", "explain", "figures"},
    {"observe"},
    {"plan"},
)


def modules() -> list[Path]:
    return sorted(path for path in LIBRARY.rglob("*.py") if path.name != "__init__.py")


def room(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Names of the abacad modules that a file imports."""
    nodes = ast.walk(ast.parse(path.read_text()))
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name for name in named if name and name.startswith("abacad.")}


def test_a_stage_has_rules_an_environment_scripts_a_room_and_tests_of_its_name():
    for stage in STAGES:
        for place in (
            f"envs/{stage}.yaml",
            f"workflow_scripts/{stage}",
            f"workflow_scripts/abacad/{stage}/__init__.py",
            f"tests/{stage}",
        ):
            assert (REPOSITORY / place).exists(), place
    scripts = {path.name for path in (REPOSITORY / "workflow_scripts").iterdir()}
    assert scripts - {"__pycache__"} == STAGES | {"abacad"}


def test_every_room_has_tests_and_says_what_goes_in_and_comes_out():
    for package in LIBRARY.glob("*/__init__.py"):
        name = package.parent.name
        docstring = ast.get_docstring(ast.parse(package.read_text()))
        assert " in, " in docstring and " out" in docstring, name
        assert not imports(package), f"{name}/__init__.py must import nothing heavy"
        assert (REPOSITORY / "tests" / name).is_dir() or name in ("config", "plan"), name


def test_every_import_goes_down_or_stays_in_its_room():
    floor_of = {name: floor for floor, names in enumerate(FLOORS) for name in names}
    for path in modules():
        for imported in imports(path):
            other = imported.split(".")[1]
            down = floor_of[other] < floor_of[room(path)]
            assert down or other == room(path), f"{path.relative_to(LIBRARY)} imports {imported}"


def test_no_modules_import_each_other_in_a_circle():
    names = {
        f"abacad.{'.'.join(p.relative_to(LIBRARY).with_suffix('').parts)}": p for p in modules()
    }
    below: dict[str, set[str]] = {
        name: imports(path) & names.keys() for name, path in names.items()
    }
    while free := {name for name, others in below.items() if not others}:
        below = {name: others - free for name, others in below.items() if name not in free}
    assert not below


def test_no_module_is_longer_than_a_person_reads_at_once():
    for path in [*modules(), *(REPOSITORY / "workflow_scripts").glob("*/*.py")]:
        assert len(path.read_text().splitlines()) <= 300, path
    assert len((REPOSITORY / "rules/common.smk").read_text().splitlines()) < 150


def test_every_import_is_a_statement_in_which_the_workflow_sees_the_module():
    scripts = (REPOSITORY / "workflow_scripts").glob("*/*.py")
    for path in [*modules(), *scripts]:
        assert "import_module" not in path.read_text(), path
