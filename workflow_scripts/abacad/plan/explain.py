"""What rules/explain.smk reads: the trained models of the ensemble's members, and their stores."""

import shlex

from abacad.config.runs import stores_of
from abacad.plan.runs import Plan


class ExplainInputs:
    """Inputs and options that do not depend on wildcards."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.stage = f"round{plan.final_round}"
        self.trained = [name for name in plan.members if name in plan.models]

    def settings(self) -> list[str]:
        return [f"{self.plan.folder(name, self.stage)}/settings.json" for name in self.trained]

    def weights(self) -> list[str]:
        file = "weights.safetensors"
        return [
            path for name in self.trained for path in self.plan.of_folds(name, self.stage, file)
        ]

    def stores(self) -> list[str]:
        """Of both sides, every store that one of these models sees."""
        runs = [self.plan.settings(name, self.stage) for name in self.trained]
        stores = sorted({store for run in runs for store in stores_of(run)})
        return [
            path
            for store in stores
            for side in ("train", "test")
            for path in self.plan.shards(store, side)
        ]

    def models(self) -> str:
        """Each model, as options of explain_candidates.py."""
        file = "weights.safetensors"
        return " ".join(
            shlex.join(
                ["--model", f"{self.plan.folder(name, self.stage)}/settings.json", str(fold), path]
            )
            for name in self.trained
            for fold, path in enumerate(self.plan.of_folds(name, self.stage, file))
        )

    def maps(self) -> list[str]:
        """The maps of the candidates, if a member is trained: a search has nothing to explain."""
        return [f"{self.plan.results}/candidates/grad_cam.parquet"] if self.trained else []
