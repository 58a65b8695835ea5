"""What rules/preprocess.smk, simulate.smk and overlaps.smk read: tables and manifests of collections."""

import json
from typing import Any

from abacad.config.check import ConfigError
from abacad.config.run_checks import SUBTRACTED
from abacad.plan.runs import Plan


class PreprocessInputs:
    """Input functions of the rules, which Snakemake calls with a job's wildcards."""

    def __init__(self, plan: Plan):
        self.plan = plan

    def raw_table(self, wildcards: Any) -> str:
        return self.plan.raw_table(wildcards.collection)

    def manifests(self) -> list[str]:
        """Of every collection that is trained on or predicted, between which overlaps count."""
        return [self.plan.manifest(name) for name in self.plan.collections()]

    def background_manifests(self, wildcards: Any) -> list[str]:
        """Of the collection itself, and of all that its backgrounds may be known from.

        ConfigError: the background may hold the needles. The store may be asked for by name, too.
        """
        if not self.plan.config["data"]["needles_added_after_cutting"]:
            raise ConfigError(f"the store residual: {SUBTRACTED}")
        return [*dict.fromkeys([*self.manifests(), self.plan.manifest(wildcards.collection)])]

    def simulation(self) -> str:
        """The settings of the simulated sky, as JSON for simulate_cadences.py."""
        return json.dumps(self.plan.config["simulate"])

    def injection(self) -> str:
        """The settings of injected cadences, as JSON for inject_needles.py."""
        return json.dumps(self.plan.config["inject"])
