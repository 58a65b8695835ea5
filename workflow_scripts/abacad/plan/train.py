"""The inputs of rules/train.smk: the stores, tables and weights that a run's settings ask for."""

import json
from typing import Any

from abacad.cadences.layout import COMPLETENESS, INJECTED, OLD_COLLECTIONS
from abacad.config.runs import stores_of
from abacad.config.schema import Settings
from abacad.plan.runs import Plan


class TrainInputs:
    """Input functions of the rules, which Snakemake calls with a job's wildcards."""

    def __init__(self, plan: Plan):
        self.plan = plan

    def settings(self, wildcards: Any) -> Settings:
        """A run's complete settings. The wildcards of pretrain_old name no stage."""
        stage = wildcards.get("stage")
        if stage is None:
            round = wildcards.get("round")
            stage = "pretrain" if round is None else f"round{round}"
        return self.plan.settings(wildcards.experiment, stage)

    def settings_json(self, wildcards: Any) -> str:
        return json.dumps(self.settings(wildcards))

    def gpus(self, wildcards: Any) -> int:
        return self.settings(wildcards)["gpus"]

    def pretraining_manifests(self) -> list[str]:
        return [self.plan.manifest(name) for name in OLD_COLLECTIONS]

    def pretraining_stores(self, wildcards: Any) -> list[str]:
        return self._stores(wildcards, ["train", *OLD_COLLECTIONS])

    def training_stores(self, wildcards: Any) -> list[str]:
        settings = self.settings(wildcards)
        backgrounds = settings["inject"] and settings["inject"]["off_panels"]
        of_test = int(wildcards.round) > 0 or settings["dann"] or backgrounds
        test = ["test"] if of_test else []
        injected = [INJECTED] if settings["injected_kinds"] else []
        return self._stores(wildcards, ["train", *test, *settings["old_positives"], *injected])

    def prediction_stores(self, wildcards: Any) -> list[str]:
        return self._stores(wildcards, ["train", "test"])

    def completeness_stores(self, wildcards: Any) -> list[str]:
        return self._stores(wildcards, [COMPLETENESS])

    def old_manifests(self, wildcards: Any) -> list[str]:
        return [self.plan.manifest(name) for name in self.settings(wildcards)["old_positives"]]

    def injected_manifest(self, wildcards: Any) -> list[str]:
        """The manifest of the injected cadences, if the run learns from any."""
        return [self.plan.manifest(INJECTED)] if self.settings(wildcards)["injected_kinds"] else []

    def truth_of_kinds(self, wildcards: Any) -> list[str]:
        """The truth about the simulated cadences, if the run leaves out a kind of needle."""
        return self.plan.truth() if self.settings(wildcards)["leave_out_kind"] else []

    def pseudo_labels(self, wildcards: Any) -> list[str]:
        """The pseudo-labels from which the fold learns in this round; none in round 0."""
        if int(wildcards.round) == 0:
            return []
        folder = f"{self.plan.results}/pseudo_labels/round{wildcards.round}"
        return [f"{folder}/fold{wildcards.fold}.parquet"]

    def initial_weights(self, wildcards: Any) -> list[str]:
        """The weights that a fold starts from: those of the round before, of pretraining, or none."""
        round = int(wildcards.round)
        if round > 0 and self.plan.config["pseudo_labels"]["warm_start"]:
            stage = f"round{round - 1}"
        elif self.plan.experiment(wildcards.experiment)["pretrain"] is not None:
            stage = "pretrain"
        else:
            return []
        files = self.plan.of_folds(wildcards.experiment, stage, "weights.safetensors")
        return [files[int(wildcards.fold)] if len(files) > 1 else files[0]]

    def backbone_weights(self, wildcards: Any) -> list[str]:
        """The pretrained backbone of a run that does not start from another run: timm's, your own, or
        none."""
        settings = self.settings(wildcards)
        if settings["stage"] != "pretrain" and self.initial_weights(wildcards):
            return []
        if settings["pretrained"] is True:
            return [f"results/weights/{settings['backbone']}.safetensors"]  # the same for all runs
        return [settings["pretrained"]] if settings["pretrained"] else []

    def embeddings(self) -> list[str]:
        """The embeddings of the last round, for each experiment whose loss learns one."""
        stage = f"round{self.plan.final_round}"
        return [
            path
            for name in self.plan.models
            if self.plan.settings(name, stage)["loss"]["name"] == "arcface"
            for path in self.plan.of_folds(name, stage, "embeddings.parquet")
        ]

    def _stores(self, wildcards: Any, collections: list[str]) -> list[str]:
        """The shards, in the given collections, of every store that the run's channels name."""
        return [
            path
            for store in stores_of(self.settings(wildcards))
            for collection in collections
            for path in self.plan.shards(store, collection)
        ]
