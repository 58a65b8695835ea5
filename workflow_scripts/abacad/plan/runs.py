"""Which runs a config asks for, and where their files are."""

from functools import cached_property

from abacad.cadences.layout import COLLECTIONS, OLD_COLLECTIONS, PanelShape
from abacad.config.paths import is_simulated
from abacad.config.runs import (
    ablation_runs,
    experiment_settings,
    left_out_runs,
    panels_to_store,
    results_folder,
    run_settings,
    searches,
    stores_of,
)
from abacad.config.schema import Settings


class Plan:
    """The parts of a run of the workflow, from the checked config and its schema.

    shape        of the panels
    members      experiments of the ensemble
    experiments  members, and all others that are trained or used to search in every round
    models       those of the experiments that are trained
    searches     those that are not trained: kind: search
    left_out     {name: (experiment, kind)}: experiments repeated without a kind of needle, only in round 0
    ablations    {name: (switch, seed)}: for the target `ablations`, only in round 0
    """

    def __init__(self, config: Settings, schema: Settings):
        self.config, self.schema = config, schema
        self.results = results_folder(config)
        self.root = config["data"]["root"]
        self.shape = PanelShape(**config["data"]["shape"])
        self.simulated = is_simulated(self.root, self.results)
        self.left_out = left_out_runs(config)
        self.ablations = ablation_runs(config)
        self.members = config["ensemble"]["members"]
        named = {*self.members, *self.left_out, *self.ablations}
        others = [name for name in config["experiments"] if name not in named]
        self.experiments = [*self.members, *others]
        self.searches = [name for name in self.experiments if name in searches(config)]
        self.models = [name for name in self.experiments if name not in self.searches]
        self.folds = range(config["folds"]["count"])
        self.rounds = range(config["pseudo_labels"]["rounds"] + 1)
        self.final_round = self.rounds[-1]

    def experiment(self, name: str) -> Settings:
        """An experiment's settings, pretrain among them."""
        return experiment_settings(self.config, self.schema, name)

    def settings(self, experiment: str, stage: str) -> Settings:
        """The complete settings of one run."""
        return run_settings(self.config, self.schema, experiment, stage)

    def pretrained(self) -> list[str]:
        """The experiments that are trained on the old data first."""
        return [name for name in self.models if self._is_pretrained(name)]

    def _is_pretrained(self, name: str) -> bool:
        return self.experiment(name)["pretrain"] is not None

    def old_collections(self) -> dict[str, list[str]]:
        """The old collections that are learnt from, each with the keys of the config that ask for it."""
        asked: dict[str, list[str]] = {}
        for name in [*self.models, *self.ablations]:
            settings = self.experiment(name)
            if settings["pretrain"] is not None:
                for collection in OLD_COLLECTIONS:
                    asked.setdefault(collection, []).append(f"experiments.{name}.pretrain")
            for collection in settings["old_positives"]:
                asked.setdefault(collection, []).append(f"experiments.{name}.old_positives")
        return {name: asked[name] for name in OLD_COLLECTIONS if name in asked}

    def collections(self) -> list[str]:
        """Every raw collection that is trained on or predicted."""
        old = self.old_collections()
        return [name for name in COLLECTIONS if name not in OLD_COLLECTIONS or name in old]

    def raw_table(self, collection: str) -> str:
        """The table of a raw collection's ids."""
        return f"{self.root}/{COLLECTIONS[collection].table}"

    def manifest(self, collection: str) -> str:
        return f"{self.results}/manifests/{collection}.parquet"

    def shards(self, store: str, collection: str) -> list[str]:
        """The files of one store of one collection."""
        count = self.config["data"]["shards"]
        folder = f"{self.results}/stores/{store}/{collection}"
        return [f"{folder}/{index}-of-{count}.arrow" for index in range(count)]

    def used_stores(self) -> list[str]:
        """Every store that an experiment uses."""
        runs = [self.settings(name, "round0") for name in self.experiments]
        return sorted({store for run in runs for store in stores_of(run)})

    def panels(self, store: str) -> str:
        """Which panels a store holds of each cadence: on, off or all. What nobody reads is left out."""
        return self._panels.get(store, "all")

    @cached_property
    def _panels(self) -> dict[str, str]:
        stages = [(name, f"round{round}") for name in self.experiments for round in self.rounds]
        stages += [(name, "round0") for name in (*self.left_out, *self.ablations)]
        trained = (*self.models, *self.left_out, *self.ablations)
        stages += [(name, "pretrain") for name in trained if self._is_pretrained(name)]
        runs = [self.settings(*stage) for stage in stages]
        return panels_to_store(runs, self.config["search"]["store"])

    def groups(self) -> list[str]:
        """The table of overlap groups, if folds respect overlaps."""
        known = self.config["folds"]["method"] != "plain"
        return [f"{self.results}/overlaps/groups.parquet"] if known else []

    def purged_pairs(self) -> list[str]:
        """The table of overlapping pairs, if folds are purged."""
        purged = self.config["folds"]["method"] == "purged"
        return [f"{self.results}/overlaps/pairs.parquet"] if purged else []

    def overlapping_folds(self) -> list[str]:
        """The table of the folds with which each cadence overlaps, if folds respect overlaps."""
        return [f"{self.results}/overlaps/folds.parquet"] if self.groups() else []

    def truth(self) -> list[str]:
        """The truth about the simulated cadences; for real ones, nothing."""
        return [f"{self.results}/simulated/truth.parquet"] if self.simulated else []

    def folder(self, experiment: str, stage: str) -> str:
        """The folder of a run."""
        return f"{self.results}/runs/{experiment}/{stage}"

    def of_folds(self, experiment: str, stage: str, file: str) -> list[str]:
        """One file of a run for each fold, in the order of the folds; of pretraining perhaps one for all."""
        once = stage == "pretrain" and self.config["folds"]["pretrain_once"]
        folds = self.folds[:1] if once else self.folds
        return [f"{self.folder(experiment, stage)}/fold{fold}/{file}" for fold in folds]

    def predictions(self, experiment: str, round: int | str) -> list[str]:
        """The predictions of each fold's model."""
        return self.of_folds(experiment, f"round{round}", "predictions.parquet")

    def score(self, experiment: str, round: int) -> str:
        return f"{self.results}/scores/{experiment}/round{round}.json"

    def resamples(self, experiment: str, round: int) -> str:
        return f"{self.results}/scores/{experiment}/round{round}.resamples.parquet"
