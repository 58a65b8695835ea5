"""The inputs of rules/search.smk: the store that is searched, and the results of each collection."""

import json
from typing import Any

from abacad.cadences.layout import COMPLETENESS
from abacad.plan.runs import Plan


class SearchInputs:
    """Input functions of the rules, which Snakemake calls with a job's wildcards."""

    def __init__(self, plan: Plan):
        self.plan = plan

    def settings(self) -> str:
        """The settings of the search, as JSON for search_drift.py."""
        return json.dumps(self.plan.config["search"] | {"shape": self.plan.config["data"]["shape"]})

    def run_settings(self, wildcards: Any) -> str:
        """An experiment's settings in one round, as JSON for predict_search.py."""
        return json.dumps(self.plan.settings(wildcards.experiment, f"round{wildcards.round}"))

    def hits(self) -> list[str]:
        """The hits of every raw collection that is trained on or predicted."""
        return [path for name in self.plan.collections() for path in self._of("hits", name)]

    def predicted_statistics(self) -> list[str]:
        """The statistics of all cadences that are predicted or used for the choice."""
        return [path for name in ("train", "test") for path in self._of("statistics", name)]

    def completeness_statistics(self) -> list[str]:
        return self._of("statistics", COMPLETENESS)

    def choices(self, wildcards: Any) -> list[str]:
        """The choice of each fold."""
        return self.plan.of_folds(wildcards.experiment, f"round{wildcards.round}", "metrics.json")

    def _of(self, table: str, collection: str) -> list[str]:
        """One table of a collection, shard by shard, in order."""
        count = self.plan.config["data"]["shards"]
        folder = f"{self.plan.results}/search/{table}/{collection}"
        return [f"{folder}/{index}-of-{count}.parquet" for index in range(count)]
