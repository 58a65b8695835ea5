"""What rules/observe.smk reads: the files of each observation, and the stores that a bundle's members see."""

import json
from pathlib import Path
from typing import Any

from abacad.bundle.folder import BadBundle, check_folder, read_description, seen_shape
from abacad.cadences.layout import OBSERVED, POINTINGS
from abacad.cadences.pointings import stretches
from abacad.config.paths import check_characters
from abacad.config.runs import bundle_folder, panels_to_store, stores_of
from abacad.observe.listing import Files, is_ready, list_observations
from abacad.plan.report import search_trials
from abacad.plan.runs import Plan
from abacad.seeds import seed_of

POINTED, SWAPPED = "pointed", "swapped"  # ON and OFF panels as the telescope pointed, or in turn
INJECTED = "injected"  # as it pointed, with a needle in each snippet

PARTNERS = "residual"  # of new sky, partners are of the same pointing


class ObserveInputs:
    """Input functions of the rules, which Snakemake calls with a job's wildcards.

    If the config names no observations, there are none: nothing of this is planned then.

    observations  the files of each cadence; of one with more than six scans, of each six that are searched
    ValueError: a table or a bundle cannot be used; see `list_observations` and `_described`.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        self.own = plan.config["observe"]
        self._shape = plan.config["data"]["shape"]
        self.folder = f"{plan.results}/observations"
        self.bundle = bundle_folder(plan.config)
        self.observations: dict[str, Files] = {}
        self._stretches: dict[str, int] = {}
        self._described: dict[str, Any] = {}
        if source := plan.config["observations"]:
            self._add(list_observations(source))
            self._described = _described(self.bundle)
            for files in self.observations.values():
                for path in files:
                    check_characters(path)
            if self.own["excluded"] and not Path(self.own["excluded"]).is_file():
                raise ValueError(f"observe.excluded: there is no file {self.own['excluded']}")

    def _add(self, listed: dict[str, Files]) -> None:
        """ValueError: a cadence is called as a part of another one is."""
        count = len(stretches(self.own["pattern"]))
        for cadence, files in listed.items():
            several = count > 1 and not is_ready(files)
            for stretch in range(count if several else 1):
                name = f"{cadence}.{stretch + 1}" if several else cadence
                if name != cadence and name in listed:
                    raise ValueError(
                        f"observations: {name} is a cadence and a part of {cadence}; rename one of them"
                    )
                self.observations[name], self._stretches[name] = files, stretch

    def check(self) -> None:
        """BadBundle: a file of the bundle is not the one that was packed."""
        if self.observations:
            check_folder(Path(self.bundle))

    def remark(self) -> str:
        """What to know before the bundle's models see this sky, or nothing."""
        seen = seen_shape(self._described) if self._described else self._shape
        others = [key for key, own in self._shape.items() if seen[key] != own]
        if not others:
            return ""
        told = ", ".join(f"{key} {self._shape[key]} instead of {seen[key]}" for key in others)
        return (
            f"the models of {self.bundle} have seen cadences of another data.shape: {told}. Images are "
            "resized to what they know, but their rates of false positives are of the other sky; with "
            "observe.calibrate_on: off, they are measured on this one"
        )

    def places(self) -> str:
        """What to open of a run that searched observations; of another one, nothing."""
        pages = [Path(page).absolute() for page in self._pages() if Path(page).exists()]
        return "\n".join(f"Look at the events: {page}" for page in pages)

    def pages(self, wildcards: Any) -> list[str]:
        """What `snakemake observe` makes. ValueError: there is nothing to observe."""
        if not self.observations:
            raise ValueError("name the observations: --config observations=observations.tsv")
        recoveries = [one for cadence in self.observations for one in self._recovery(cadence)]
        return [*self._pages(), *recoveries, f"{self.folder}/events.csv"]

    def listed_events(self) -> list[str]:
        """The events of every observation."""
        return [f"{self.folder}/{cadence}/events.parquet" for cadence in self.observations]

    def recovery(self, wildcards: Any) -> list[str]:
        """The figure of the needles that would be found, if any are injected."""
        return self._recovery(wildcards.cadence)

    def _recovery(self, cadence: str) -> list[str]:
        return [f"{self.folder}/{cadence}/recovery.png"] if self.own["injected"] else []

    def _pages(self) -> list[str]:
        return [f"{self.folder}/{cadence}/index.html" for cadence in self.observations]

    def files(self, wildcards: Any) -> list[str]:
        return [*self.observations[wildcards.cadence]]

    def stretch(self, wildcards: Any) -> int:
        """Which six scans of the files."""
        return self._stretches[wildcards.cadence]

    def sides(self, wildcards: Any) -> list[str]:
        """The sides of the files, if the table tells them."""
        return [side for side in self.observations[wildcards.cadence].values() if side]

    def bundle_files(self) -> list[str]:
        """The files that tell one bundle from another."""
        return [f"{self.bundle}/SHA256SUMS"] if self.observations else []

    def preprocess(self) -> str:
        """How the bundle's stores are made, as JSON."""
        return json.dumps(self._described.get("preprocess"))

    def kept(self, wildcards: Any) -> str:
        """What a store keeps of each snippet, as options of prepare_snippets.py: the panels that the members
        or the search read, of the type that the members were trained on. In older bundles, all is float16.
        """
        runs = [one["settings"] for one in self._described["members"]]
        panels = panels_to_store(runs, self._described["search"]["store"])
        stored_as = self._described["preprocess"].get("stored_as", "float16")
        return f"--panels {panels.get(wildcards.store, 'all')} --stored-as {stored_as}"

    def raw(self, wildcards: Any) -> str:
        """The raw snippets of one share, with needles if they are asked for."""
        injected = f"{INJECTED}/" if wildcards.order == INJECTED else ""
        return f"{self.folder}/{wildcards.cadence}/{injected}raw/{wildcards.shard}.arrow"

    def off_first(self, wildcards: Any) -> str:
        """An option of prepare_snippets.py, or none."""
        return "--off-first" if wildcards.order == SWAPPED else ""

    def search(self) -> str:
        """How the bundle searches, as JSON, in panels of this sky's shape."""
        return json.dumps(self._described.get("search", {}) | {"shape": self._shape})

    def searched(self, wildcards: Any) -> str:
        """The store that is searched, of one share."""
        return self._store(self._described["search"]["store"], wildcards)

    def stores(self, wildcards: Any) -> list[str]:
        """The stores that the members see, of one share."""
        stores = {
            store for one in self._described["members"] for store in stores_of(one["settings"])
        }
        return [self._store(store, wildcards) for store in sorted(stores)]

    def _store(self, store: str, wildcards: Any) -> str:
        return f"{self.folder}/{wildcards.cadence}/{wildcards.order}/stores/{store}/{wildcards.shard}.arrow"

    def shares(self, cadence: str, table: str) -> list[str]:
        """One table of an observation, share by share, in order."""
        count = self.own["shards"]
        folder = f"{self.folder}/{cadence}/{table}"
        return [f"{folder}/{index}-of-{count}.parquet" for index in range(count)]

    def snippets(self, wildcards: Any) -> list[str]:
        return self.shares(wildcards.cadence, "snippets")

    def predictions(self, wildcards: Any) -> list[str]:
        return self.shares(wildcards.cadence, f"{POINTED}/predictions")

    def hits(self, wildcards: Any) -> list[str]:
        return self.shares(wildcards.cadence, f"{POINTED}/hits")

    def statistics(self, wildcards: Any) -> list[str]:
        return self.shares(wildcards.cadence, f"{POINTED}/statistics")

    def null(self, wildcards: Any) -> list[str]:
        """Predictions for snippets that hold no needle, if they calibrate."""
        calibrates = self.own["calibrate_on"] == "off"
        return self.shares(wildcards.cadence, f"{SWAPPED}/predictions") if calibrates else []

    def needles(self, wildcards: Any) -> list[str]:
        """What was injected. ValueError: nothing is."""
        if not self.own["injected"]:
            raise ValueError("observe.injected is 0; allowed for this: 1 or more needles")
        return self.shares(wildcards.cadence, f"{INJECTED}/needles")

    def injected_predictions(self, wildcards: Any) -> list[str]:
        return self.shares(wildcards.cadence, f"{INJECTED}/predictions")

    def injection(self, wildcards: Any) -> str:
        """The settings of injected needles, as JSON; each cadence gets others."""
        kept = ("snr", "drift_rate", "partial", "needles")
        settings = {key: self.plan.config["inject"][key] for key in kept}
        seed = seed_of(self.plan.config["completeness"]["seed"], OBSERVED, wildcards.cadence)
        return json.dumps(settings | {"shape": self._shape, "seed": seed})

    def trials(self, wildcards: Any) -> int:
        """How many paths an ideal search of the bundle's settings tries in a snippet."""
        return search_trials(self._described["search"], self.plan.shape)

    def excluded(self) -> list[str]:
        return [self.own["excluded"]] if self.own["excluded"] else []


def _described(folder: str) -> dict[str, Any]:
    """What a bundle says of itself. ValueError: there is none, or one that cannot score new sky."""
    if not Path(folder).is_dir():
        raise ValueError(
            f"bundle: there is no folder {folder}; make a bundle by `snakemake bundle`, and name its folder: "
            "--config bundle=..."
        )
    try:
        described = read_description(Path(folder))
        seen = {one["name"]: stores_of(one["settings"]) for one in described["members"]}
        described["search"]["store"], described["search"]["step"], described["search"]["largest"]
        pointings = described["cadences"]["pointings"]
        seen_shape(described)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadBundle(f"bundle: {folder}: not as a bundle is written: {error}") from error
    if pointings != POINTINGS:
        raise BadBundle(
            f"bundle: {folder}: its models have seen cadences of pointings {pointings}; allowed: "
            f"{POINTINGS}"
        )
    if of_partners := [name for name, stores in seen.items() if PARTNERS in stores]:
        raise ValueError(
            f"bundle: {folder}: {', '.join(of_partners)} of its members see {PARTNERS}. On new sky, the "
            "partners of a snippet are of the same pointing, so a transmitter in the sky would be "
            "subtracted. Pack an ensemble whose members see other stores"
        )
    return described
