"""The inputs of rules/ensemble.smk: the members' predictions of the last round."""

import shlex

from abacad.plan.runs import Plan


class EnsembleInputs:
    """Inputs and options that do not depend on wildcards."""

    def __init__(self, plan: Plan):
        self.plan = plan

    def members(self) -> str:
        """Each member of the ensemble with its folds' predictions, as options of rank_average.py."""
        return " ".join(
            shlex.join(["--member", member, *self.plan.predictions(member, self.plan.final_round)])
            for member in self.plan.members
        )

    def predictions(self) -> list[str]:
        final = self.plan.final_round
        return [path for name in self.plan.members for path in self.plan.predictions(name, final)]
