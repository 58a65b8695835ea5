"""A copy of the workflow for each test."""

from pathlib import Path

import pytest

from workflow_copy import Workflow


@pytest.fixture
def workflow(tmp_path: Path) -> Workflow:
    return Workflow(tmp_path)
