"""The inputs of rules/ensemble.smk: the members' predictions of the last round."""

import json
import shlex
from collections.abc import Iterator

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

    def packed(self) -> str:
        """The members' files, as options of pack_ensemble.py."""
        options = (
            shlex.join([option, name, *paths]) for option, name, paths in self._files_to_pack()
        )
        return " ".join(options)

    def packed_files(self) -> list[str]:
        return [path for *_, paths in self._files_to_pack() for path in paths]

    def _files_to_pack(self) -> Iterator[tuple[str, str, list[str]]]:
        """Options of pack_ensemble.py, each with a member and its files of the last round."""
        stage = f"round{self.plan.final_round}"
        for name in self.plan.members:
            yield "--settings", name, [f"{self.plan.folder(name, stage)}/settings.json"]
            files = {"--predictions": "predictions.parquet", "--metrics": "metrics.json"}
            if name in self.plan.models:  # a search has no weights
                files["--weights"] = "weights.safetensors"
            for option, file in files.items():
                yield option, name, self.plan.of_folds(name, stage, file)

    def run(self) -> str:
        """What the bundle says of the run, as JSON for pack_ensemble.py."""
        config = self.plan.config
        return json.dumps(
            {
                "name": config["run"]["name"],
                "root": self.plan.root,
                "simulated": self.plan.simulated,
                "shape": config["data"]["shape"],
                "preprocess": config["preprocess"],
                "search": config["search"],
                "licence": config["ensemble"]["licence"],
            }
        )
