"""The inputs of rules/ensemble.smk: the members' predictions of the last round."""

import json
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

    def last_rounds(self, file: str) -> list[str]:
        """A file of the last round of each member."""
        stage = f"round{self.plan.final_round}"
        return [f"{self.plan.folder(name, stage)}/{file}" for name in self.plan.members]

    def last_models(self, file: str) -> list[str]:
        """A file of each model of the last round; a search has no weights."""
        stage = f"round{self.plan.final_round}"
        names = self.plan.models if file == "weights.safetensors" else self.plan.members
        return [
            path
            for name in self.plan.members
            if name in names
            for path in self.plan.of_folds(name, stage, file)
        ]

    def packed(self) -> str:
        """The members' files, as options of pack_ensemble.py."""
        stage = f"round{self.plan.final_round}"
        options = []
        for name in self.plan.members:
            options += ["--settings", name, f"{self.plan.folder(name, stage)}/settings.json"]
            for option, file in (
                ("--predictions", "predictions.parquet"),
                ("--metrics", "metrics.json"),
                ("--weights", "weights.safetensors"),
            ):
                if file != "weights.safetensors" or name in self.plan.models:
                    options += [option, name, *self.plan.of_folds(name, stage, file)]
        return shlex.join(options)

    def run(self) -> str:
        """What the bundle says of the run, as JSON for pack_ensemble.py."""
        config = self.plan.config
        return json.dumps(
            {
                "name": config["run"]["name"],
                "root": self.plan.root,
                "simulated": self.plan.simulated,
                "preprocess": config["preprocess"],
                "search": config["search"],
                "licence": config["ensemble"]["licence"],
            }
        )
