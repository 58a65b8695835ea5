"""What rules/figures.smk draws: which figures a run has, and what from; and its scripts' options."""

import json
from itertools import product

from abacad.config.runs import stores_of
from abacad.plan.report import options
from abacad.plan.runs import Plan


class FigureInputs:
    """Inputs and options that do not depend on wildcards.

    A figure of what a run does not have is left out, such as that of pseudo-labels of a run without any.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        self.stage = f"round{plan.final_round}"
        self.embedded = next((name for name in plan.members if name in plan.models), None)

    def figures(self) -> list[str]:
        """Every figure that the run has, as PNG."""
        plan = self.plan
        has = {
            "cadence": True,
            "roc": True,
            "distributions": True,
            "calibration": True,
            "rounds": True,
            "domain_shift": True,
            "history": plan.models,
            "leaks": plan.groups(),
            "members": len(plan.members) > 1,
            "pseudo_labels": plan.models and plan.final_round > 0,
            "embeddings": self.embedded,
            "grad_cam": self.embedded,
            "recovery": plan.simulated,
            "completeness": plan.config["completeness"]["count"] > 0,
        }
        return [f"{plan.results}/report/{name}.png" for name, there in has.items() if there]

    def cadence_stores(self) -> list[str]:
        """Every store of the training cadences that an experiment uses."""
        stores = self.plan.used_stores()
        return [path for store in stores for path in self.plan.shards(store, "train")]

    def histories(self) -> list[str]:
        return [
            path for run in self._trainings() for path in self.plan.of_folds(*run, "history.tsv")
        ]

    def histories_by_stage(self) -> str:
        """Each experiment's histories, one group a stage, as options of draw_learning_curves.py."""
        groups = [[*run, *self.plan.of_folds(*run, "history.tsv")] for run in self._trainings()]
        return options("--history", groups)

    def predictions(self) -> list[str]:
        """Of every experiment in its last round."""
        final = self.plan.final_round
        return [
            path for name in self.plan.experiments for path in self.plan.predictions(name, final)
        ]

    def predictions_by_experiment(self) -> str:
        """The same, as options of draw_curves.py."""
        final = self.plan.final_round
        groups = [[name, *self.plan.predictions(name, final)] for name in self.plan.experiments]
        return options("--predictions", groups)

    def public_scores(self) -> str:
        """What a competition said of each experiment, as JSON."""
        names = self.plan.experiments
        return json.dumps({name: self.plan.experiment(name)["public_score"] for name in names})

    def pseudo_labels(self) -> list[str]:
        return [path for round in self.plan.rounds[1:] for path in self._pseudo_labels(round)]

    def pseudo_labels_by_round(self) -> str:
        """The same, as options of draw_pseudo_labels.py."""
        groups = [[round, *self._pseudo_labels(round)] for round in self.plan.rounds[1:]]
        return options("--round", groups)

    def embeddings(self) -> list[str]:
        """Of one model: the first member that is trained, in the first fold of the last round."""
        return self._of_embedded("embeddings.parquet")

    def embedded_predictions(self) -> list[str]:
        return self._of_embedded("predictions.parquet")

    def embedded_title(self) -> str:
        return f"{self.embedded}, round {self.plan.final_round}, fold 0"

    def explained_stores(self) -> list[str]:
        """The store of train that Grad-CAM is drawn over: the first that the same member sees."""
        if self.embedded is None:
            return []
        (store, *_) = stores_of(self.plan.settings(self.embedded, self.stage))
        return self.plan.shards(store, "train")

    def _of_embedded(self, file: str) -> list[str]:
        return self.plan.of_folds(self.embedded, self.stage, file)[:1] if self.embedded else []

    def _pseudo_labels(self, round: int) -> list[str]:
        folder = f"{self.plan.results}/pseudo_labels/round{round}"
        return [f"{folder}/fold{fold}.parquet" for fold in self.plan.folds]

    def _trainings(self) -> list[tuple[str, str]]:
        """Experiment and stage of every training, in the order in which an experiment has them."""
        pretrained = self.plan.pretrained()
        stages = ["pretrain", *(f"round{round}" for round in self.plan.rounds)]
        runs = product(self.plan.models, stages)
        return [(name, stage) for name, stage in runs if stage != "pretrain" or name in pretrained]
