"""The inputs of rules/preprocess.smk, simulate.smk and overlaps.smk: tables and manifests of collections."""

import json
from pathlib import Path
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
        """The manifests of all collections that are trained on or predicted. Overlaps between these count."""
        return [self.plan.manifest(name) for name in self.plan.collections()]

    def background_manifests(self, wildcards: Any) -> list[str]:
        """The manifests of the collection itself and of all from which its backgrounds may be known.

        ConfigError: the background may hold the needles. This is checked here too because one can ask
        for a store by name.
        """
        if not self.plan.config["data"]["needles_added_after_cutting"]:
            raise ConfigError(f"the store residual: {SUBTRACTED}")
        return [*dict.fromkeys([*self.manifests(), self.plan.manifest(wildcards.collection)])]

    def kept(self, wildcards: Any, output: Any) -> str:
        """What a store keeps of each cadence, as options of the script that writes one of its files."""
        store = Path(output[0]).parts[-3]
        stored_as = self.plan.config["preprocess"]["stored_as"]
        return f"--panels {self.plan.panels(store)} --stored-as {stored_as}"

    def simulation(self) -> str:
        """The settings of the simulated sky, as JSON for simulate_cadences.py."""
        return json.dumps(
            self.plan.config["simulate"] | {"shape": self.plan.config["data"]["shape"]}
        )

    def injection(self, wildcards: Any) -> str:
        """The settings of injected cadences, as JSON for inject_needles.py.

        For completeness, other needles are drawn than for training. They are added to test cadences
        whose ON and OFF panels are swapped, because an unswapped one may hold a needle of its own, and
        nobody knows which.
        """
        settings = self.plan.config["inject"]
        if wildcards.collection == COMPLETENESS:
            own = self.plan.config["completeness"]
            seed = seed_of(own["seed"], COMPLETENESS)
            settings = settings | own | {"off_panels": 1, "swapped": True, "seed": seed}
        return json.dumps(settings | {"shape": self.plan.config["data"]["shape"]})

    def injected_manifests(self, wildcards: Any) -> list[str]:
        """The manifests of the collections from which the backgrounds come."""
        sides = ["test"] if wildcards.collection == COMPLETENESS else ["train", "test"]
        return [self.plan.manifest(side) for side in sides]
