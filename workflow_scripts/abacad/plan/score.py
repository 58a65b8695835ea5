"""The inputs of rules/score.smk: the predictions of runs."""

from typing import Any

from abacad.plan.runs import Plan


class ScoreInputs:
    """Input functions of the rules, which Snakemake calls with a job's wildcards."""

    def __init__(self, plan: Plan):
        self.plan = plan

    def predictions(self, wildcards: Any) -> list[str]:
        return self.plan.predictions(wildcards.experiment, wildcards.round)

    def teachers(self, wildcards: Any) -> list[str]:
        """Predictions of the round before by the members' models that never saw this fold."""
        before = int(wildcards.round) - 1
        fold = int(wildcards.fold)
        return [self.plan.predictions(member, before)[fold] for member in self.plan.members]

    def selection(self) -> str:
        """Which rows get a pseudo-label, as options of pseudo_label.py."""
        options = self.plan.config["pseudo_labels"]
        if options["select"] == "all":
            return ""
        hard = "--hard" if options["labels"] == "hard" else ""
        return f"--top {options['select']['top']} --bottom {options['select']['bottom']} {hard}"

    def stores_of_both_sides(self, wildcards: Any) -> list[str]:
        """One store of the training and the test cadences. Raw cadences are in no store."""
        if wildcards.store == "raw":
            return []
        train, test = (self.plan.shards(wildcards.store, side) for side in ("train", "test"))
        return [*train, *test]
