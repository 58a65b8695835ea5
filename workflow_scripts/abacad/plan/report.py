"""What rules/report.smk reads: runs, their scores and predictions; and its scripts' options."""

import json
import math
import shlex
from itertools import product

from abacad.cadences.layout import PanelShape
from abacad.config.check import ConfigError
from abacad.config.schema import Settings, with_defaults
from abacad.plan.runs import Plan


class ReportInputs:
    """Inputs and options that do not depend on wildcards."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.rounds = [*product(plan.experiments, plan.rounds)]  # (experiment, round)
        self.recovered = [(name, plan.final_round) for name in plan.experiments]
        self.recovered += [(name, 0) for name in plan.left_out]

    def scores(self) -> list[str]:
        return [self.plan.score(*run) for run in self.rounds]

    def resamples(self) -> list[str]:
        return [self.plan.resamples(*run) for run in self.rounds]

    def domain_shifts(self) -> list[str]:
        stores = ["raw", *self.plan.used_stores()]
        return [f"{self.plan.results}/domain_shift/{store}.json" for store in stores]

    def tested_predictions(self) -> list[str]:
        """Of every run whose test AUC is known: of simulated cadences alone."""
        runs = self.rounds if self.plan.simulated else []
        return [path for run in runs for path in self.plan.predictions(*run)]

    def predictions_by_round(self) -> str:
        """Those runs with their folds' predictions, as options of report.py."""
        runs = self.rounds if self.plan.simulated else []
        return options("--predictions", [[*run, *self.plan.predictions(*run)] for run in runs])

    def recovered_predictions(self) -> list[str]:
        """Of the models of which it is reported what needles they find."""
        return [path for run in self.recovered for path in self.plan.predictions(*run)]

    def predictions_by_left_out_kind(self) -> str:
        """Those models, each with the kind that it never saw, as options of report_recovery.py."""
        groups = []
        for name, round in self.recovered:
            experiment, kind = self.plan.left_out.get(name, (name, ""))
            groups.append([experiment, kind, *self.plan.predictions(name, round)])
        return options("--predictions", groups)

    def completeness_predictions(self) -> list[str]:
        """Of every experiment in its last round, of test and of the injected cadences."""
        return [
            path
            for name in self.plan.experiments
            for file in ("predictions.parquet", "completeness.parquet")
            for path in self._last(name, file)
        ]

    def completeness_by_experiment(self) -> str:
        """The same, as options of report_completeness.py."""
        groups = {
            option: [
                [name, *self._last(name, f"{option}.parquet")] for name in self.plan.experiments
            ]
            for option in ("predictions", "completeness")
        }
        return " ".join(options(f"--{option}", own) for option, own in groups.items())

    def described(self) -> str:
        """What the config says of the run and its data, as JSON."""
        config = self.plan.config
        told = {
            "name": config["run"]["name"],
            "root": self.plan.root,
            "simulated": self.plan.simulated,
            "members": self.plan.members,
            "experiments": self.plan.experiments,
            "folds": config["folds"]["method"],
            "rounds": self.plan.final_round,
        }
        return json.dumps(told)

    def ablations(self, wildcards: object) -> list[str]:
        """The results of the target `ablations`. ConfigError: the config names nothing to compare."""
        if not self.plan.ablations:
            raise ConfigError(
                "ablations: the config names no ablations.base; try --configfile config.ablation.yaml"
            )
        results = self.plan.results
        return [f"{results}/ablations.tsv", f"{results}/report/ablations.png"]

    def ablation_scores(self) -> list[str]:
        return [self.plan.score(name, 0) for name in self.plan.ablations]

    def ablation_resamples(self) -> list[str]:
        return [self.plan.resamples(name, 0) for name in self.plan.ablations]

    def ablation_predictions(self) -> list[str]:
        return [path for name in self.plan.ablations for path in self.plan.predictions(name, 0)]

    def switches(self) -> str:
        """What each switch sets, and what others said of it, as JSON."""
        return json.dumps(self.plan.config["ablations"]["switches"])

    def runs_by_switch(self) -> str:
        """The runs of the ablations, as options of report_ablations.py."""
        return options(
            "--run",
            [
                [
                    *(switch, seed, self.plan.score(name, 0), self.plan.resamples(name, 0)),
                    *self.plan.predictions(name, 0),
                ]
                for name, (switch, seed) in self.plan.ablations.items()
            ],
        )

    def listed(self, file: str) -> list[str]:
        """One file of each fold of every run that list_experiments.py lists."""
        return [path for run in self._listed_runs() for path in self.plan.of_folds(*run, file)]

    def listed_histories(self) -> list[str]:
        """The histories of those of them that are trained."""
        runs = [run for run in self._listed_runs() if run[0] not in self.plan.searches]
        return [path for run in runs for path in self.plan.of_folds(*run, "history.tsv")]

    def listed_settings(self) -> list[str]:
        return [f"{self.plan.folder(*run)}/settings.json" for run in self._listed_runs()]

    def listed_runs(self) -> str:
        """Those runs, as options of list_experiments.py."""
        rounds = [
            [
                self.plan.folder(name, f"round{round}"),
                self.plan.score(name, round),
                self.plan.resamples(name, round),
            ]
            for name, round in self.rounds
        ]
        pretraining = [[self.plan.folder(name, "pretrain")] for name in self.plan.pretrained()]
        return f"{options('--run', rounds)} {options('--pretraining', pretraining)}"

    def default_settings(self) -> str:
        """Of each stage, the complete settings of an experiment that has none of its own, as JSON.

        Beside them those of a search, by `search`; that it is one is told among what is changed.
        """
        plain = {
            "experiments": {"defaults": {"pretrain": {}}},
            "ensemble": {"members": ["defaults"]},
        }
        plan = Plan(self.plan.config | plain, self.plan.schema)
        stages = ["pretrain", *(f"round{round}" for round in plan.rounds)]
        defaults = {stage: plan.settings("defaults", stage) for stage in stages}
        search = with_defaults(self.plan.schema["properties"]["search"], {})
        return json.dumps(defaults | {"search": {"kind": "model", "search": search}})

    def notes(self) -> str:
        """What the config says of each experiment beside its settings, as JSON."""
        told = {}
        for name in self.plan.experiments:
            settings = self.plan.experiment(name)
            told[name] = {key: settings[key] for key in ("note", "public_score")}
        return json.dumps(told)

    def _last(self, experiment: str, file: str) -> list[str]:
        """One file of each fold of an experiment's last round."""
        return self.plan.of_folds(experiment, f"round{self.plan.final_round}", file)

    def _listed_runs(self) -> list[tuple[str, str]]:
        rounds = [(name, f"round{round}") for name, round in self.rounds]
        return rounds + [(name, "pretrain") for name in self.plan.pretrained()]


def search_trials(search: Settings, shape: PanelShape) -> int:
    """How many paths an ideal search tries in a cadence of this shape, with the settings of a search: drifts
    times frequencies.

    The drifts are as many as those of `abacad.images.drift.Drifts`, which needs PyTorch.
    """
    steps = math.ceil(search["largest"] / search["step"] - 1e-9)  # to either side of 0
    return (2 * steps + 1) * shape.frequency_bins


def options(option: str, groups: list[list]) -> str:
    """The option once for each group of its values, as words of a shell."""
    return " ".join(shlex.join([option, *map(str, group)]) for group in groups)
