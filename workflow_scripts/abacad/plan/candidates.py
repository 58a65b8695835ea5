"""What rules/candidates.smk reads: the stores of test, overlaps, and the parts that a page is made of."""

from pathlib import Path

from abacad.plan.runs import Plan


class CandidateInputs:
    """Inputs and options that do not depend on wildcards."""

    def __init__(self, plan: Plan):
        self.plan = plan

    def run(self) -> str:
        """What the page calls the run."""
        return self.plan.config["run"]["name"] or "unnamed"

    def stores(self) -> list[str]:
        """Every store of the test cadences that an experiment uses."""
        stores = self.plan.used_stores()
        return [path for store in stores for path in self.plan.shards(store, "test")]

    def pairs(self) -> list[str]:
        """Which cadences overlap, where folds know of overlaps: else nobody looks for them."""
        known = self.plan.groups()
        return [f"{self.plan.results}/overlaps/pairs.parquet"] if known else []

    def assets(self, folder: str) -> list[str]:
        """The files of a folder of HTML, CSS and JavaScript, which the page is made of."""
        return sorted(str(path) for path in Path(folder).iterdir())
