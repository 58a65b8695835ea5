"""What rules/preprocess.smk, simulate.smk and overlaps.smk read: tables and manifests of collections."""

import json
from typing import Any

from abacad.cadences.layout import COMPLETENESS
from abacad.config.check import ConfigError
from abacad.config.run_checks import SUBTRACTED
from abacad.plan.runs import Plan
from abacad.seeds import seed_of


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

    def injection(self, wildcards: Any) -> str:
        """The settings of injected cadences, as JSON for inject_needles.py.

        Those of completeness draw other needles than those for training, and lie in test cadences whose ON
        and OFF panels are swapped: as it is, one may hold a needle, and nobody knows which.
        """
        settings = self.plan.config["inject"]
        if wildcards.collection == COMPLETENESS:
            own = self.plan.config["completeness"]
            seed = seed_of(own["seed"], COMPLETENESS)
            settings = settings | own | {"off_panels": 1, "swapped": True, "seed": seed}
        return json.dumps(settings)

    def injected_manifests(self, wildcards: Any) -> list[str]:
        """Of the collections that backgrounds are from."""
        sides = ["test"] if wildcards.collection == COMPLETENESS else ["train", "test"]
        return [self.plan.manifest(side) for side in sides]
