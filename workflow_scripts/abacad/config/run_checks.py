"""The complete settings of a run in, their contradictions out: one line for each mistake."""

from collections.abc import Iterator
from pathlib import Path

from abacad.config.runs import experiment_settings, run_settings
from abacad.config.schema import Settings

# Settings that a run must share with the run whose weights it starts from.
ARCHITECTURE = (
    *("backbone", "channels", "view", "panels", "stem_stride", "first_pooling", "activation"),
    *("attention", "asinh", "front", "pooling", "gem"),
)


# The reason for refusing residuals.
SUBTRACTED = (
    "a transmitter in the sky is in every cadence that was cut from the same observation, and would be "
    "subtracted with the background; only cadences of other pointings or epochs could show the difference, "
    "and no table says which these are. Allowed: the other stores; or data.needles_added_after_cutting: "
    "true, if needles were added to the cadences after these were cut, as in the competition (config.yaml "
    "says so only of its own data.root)"
)


def run_contradictions(config: Settings, schema: Settings, name: str) -> Iterator[str]:
    pretrain = experiment_settings(config, schema, name)["pretrain"]
    if pretrain and pretrain.get("pretrain"):
        yield f"experiments.{name}.pretrain: pretrain is not allowed inside pretrain"
    stages = ["pretrain"] * (pretrain is not None) + ["round0"]
    stages += ["round1"] * (config["pseudo_labels"]["rounds"] > 0)  # later rounds are the same
    runs = [run_settings(config, schema, name, stage) for stage in stages]
    channels = {channel for run in runs for channel in run["channels"]}
    residuals = sorted(channel for channel in channels if channel.startswith("residual."))
    if residuals and not config["data"]["needles_added_after_cutting"]:
        yield f"experiments.{name}: channels: {', '.join(residuals)}: {SUBTRACTED}"
    for run in runs:
        at = f"experiments.{name} ({run['stage']})"
        for mixing in ("mixup", "cutmix"):
            if run[mixing] and run[mixing]["stop_epoch"] > run["epochs"]:
                yield (
                    f"{at}: {mixing}.stop_epoch is {run[mixing]['stop_epoch']}, "
                    f"but there are only {run['epochs']} epochs"
                )
        if run["mixup"] and run["cutmix"]:
            yield f"{at}: mixup and cutmix are two ways of mixing; set one of them to null"
        for warmup in ("warmup_epochs", "head_only_epochs"):
            if run[warmup] >= run["epochs"]:
                yield f"{at}: {warmup} is {run[warmup]}, but there are only {run['epochs']} epochs"
        if run["shot"]:
            yield from (f"{at}: shot: {mistake}" for mistake in _shot_mistakes(config, run))
        yield from (f"{at}: loss arcface: {mistake}" for mistake in _soft_labels(config, run))
        yield from (f"{at}: channels: {mistake}" for mistake in _channel_mistakes(run))
        yield from (f"{at}: view {run['view']}: {mistake}" for mistake in _drift_mistakes(run))
        yield from (f"{at}: accumulate: {mistake}" for mistake in _accumulation_mistakes(run))
        yield from (f"{at}: spec_augment: {mistake}" for mistake in _mask_mistakes(run))
        if run["gpus"] > 1:
            yield from (f"{at}: gpus: {mistake}" for mistake in _gpu_mistakes(run))
        if run["final_learning_rate"] > run["learning_rate"]:
            yield f"{at}: final_learning_rate is above learning_rate"
        if isinstance(run["pretrained"], str) and not Path(run["pretrained"]).is_file():
            yield f"{at}: pretrained: no such file {run['pretrained']}; allowed: true, false or a file"
    for before, run in zip(runs, runs[1:], strict=False):
        if run["stage"] == "round1" and not config["pseudo_labels"]["warm_start"]:
            continue
        if (before["loss"]["name"] == "arcface") != (run["loss"]["name"] == "arcface"):
            yield (
                f"experiments.{name}: the loss arcface has another last layer; {before['stage']} and "
                f"{run['stage']}, which starts from its weights, must both have it or neither"
            )
        for key in ARCHITECTURE:
            if run[key] != before[key]:
                yield (
                    f"experiments.{name}: {key} differs between {before['stage']} and "
                    f"{run['stage']}, which starts from its weights"
                )


def _soft_labels(config: Settings, run: Settings) -> Iterator[str]:
    """Settings that give labels between 0 and 1 to a run whose loss needs classes."""
    if run["loss"]["name"] != "arcface":
        return
    for mixing in ("mixup", "cutmix"):
        if run[mixing]:
            yield f"it needs classes, labels of 0 and 1; set {mixing} to null"
    if run["loss"]["label_smoothing"]:
        yield "it needs classes, labels of 0 and 1; set label_smoothing to 0"
    if run["stage"] == "round1" and config["pseudo_labels"]["labels"] == "soft":
        yield "it needs classes, labels of 0 and 1; set pseudo_labels.labels to hard"


def _shot_mistakes(config: Settings, run: Settings) -> Iterator[str]:
    if run["stage"] != "round1" or not config["pseudo_labels"]["warm_start"]:
        yield (
            "it adapts the model of the round before; set it in pseudo_labels.settings, with "
            "warm_start: true"
        )
    if run["mixup"] or run["cutmix"]:
        yield "its labels are those of single cadences; set mixup and cutmix to null"
    if run["head_only_epochs"]:
        yield "its head stays as it is, and head_only_epochs lets nothing else learn; set it to 0"
    if run["injected_on_the_fly"]:
        yield "it learns from test alone; set injected_on_the_fly to null"
    if run["dann"]:
        yield "it learns from test alone, and dann from both sides; set dann to null"


def _accumulation_mistakes(run: Settings) -> Iterator[str]:
    if run["accumulate"] > run["batch_size"]:
        yield f"a batch_size of {run['batch_size']} has no {run['accumulate']} parts"
    if run["accumulate"] > 1:
        comparing = [name for name in ("dann", "shot") if run[name]]
        comparing += [name for name in ("auc_margin",) if run["loss"]["name"] == name]
        if comparing:
            yield f"{', '.join(comparing)} compares the rows of a batch, which must be in one part"


def _mask_mistakes(run: Settings) -> Iterator[str]:
    for axis in ("time", "frequency") if run["spec_augment"] else ():
        width, bins = run["spec_augment"][f"{axis}_width"], run["shape"][f"{axis}_bins"]
        if width > bins:
            yield f"{axis}_width is {width}; allowed: at most data.shape.{axis}_bins, {bins}"


def _gpu_mistakes(run: Settings) -> Iterator[str]:
    """Settings that do not work if parts of a batch are on several GPUs and their losses are averaged."""
    if 2 * run["gpus"] > run["batch_size"]:
        yield (
            f"{run['gpus']} of them cannot share a batch_size of {run['batch_size']}; allowed: at least two "
            "rows for each"
        )
    elif run["gpus"] * run["accumulate"] > run["batch_size"]:
        yield (
            f"of a batch_size of {run['batch_size']}, each of {run['gpus']} has too few rows for "
            f"{run['accumulate']} parts (accumulate)"
        )
    if run["loss"]["name"] == "auc_margin":
        yield "auc_margin compares all rows of a batch, which one GPU alone sees; set gpus to 1"
    if run["shot"]:
        yield "shot looks at a batch as a whole, which one GPU alone sees; set gpus to 1"


def _channel_mistakes(run: Settings) -> Iterator[str]:
    sides = {channel: channel.rpartition(".")[2] for channel in run["channels"]}
    if "all" in sides.values() and {"on", "off"} & {*sides.values()}:
        yield "all six panels and three of them are of different sizes; name either"
    if {*sides.values()} == {"mask"}:
        yield "a mask alone shows nothing"
    if run["on_off_swap"]:
        for channel, side in sides.items():
            other = {"on": "off", "off": "on"}.get(side)
            if other and f"{channel.split('.')[0]}.{other}" not in sides:
                yield f"on_off_swap needs the other side of {channel} among them"


def _drift_mistakes(run: Settings) -> Iterator[str]:
    """Settings that make no sense where a line is, or is not, at the same place in all six panels."""
    if run["view"] == "time_frequency":
        if run["panels"] == "sorted":
            yield (
                "panels is sorted, but a line is not at the same place in all panels; allowed: stacked, "
                "channels or null, or another view"
            )
        return
    drift = run["drift"]
    if drift["step"] > drift["largest"]:
        yield f"drift.step is {drift['step']}; allowed: at most drift.largest, {drift['largest']}"
    moved = run["shift_scale_rotate"] or {"scale": 0, "rotate": 0}
    parts = "so a line would be at another place in each panel"
    in_time = "ON and OFF panels change their order in time, so a line of both would part; "
    for key, wrong, why in (
        ("flip.time", run["flip"]["time"], in_time),
        ("tta", run["tta"] == 4, in_time),
        ("on_off_swap", run["on_off_swap"], in_time),
        (
            "panel_permutation",
            run["panel_permutation"],
            f"panels change their order in time, {parts}; ",
        ),
        (
            "roll.time",
            run["roll"] and run["roll"]["time"],
            f"each panel is rolled by itself, {parts}; ",
        ),
        ("shift_scale_rotate.scale", moved["scale"], f"each panel is zoomed by itself, {parts}; "),
        (
            "shift_scale_rotate.rotate",
            moved["rotate"],
            f"each panel is turned by itself, {parts}; ",
        ),
        (
            "brightness_contrast.brightness",
            run["brightness_contrast"] and run["brightness_contrast"]["brightness"],
            "along a path it adds up, to 17 times as much; ",
        ),
        (
            "cutmix",
            run["cutmix"],
            "a part of its image holds no part of a needle, but all or nothing; ",
        ),
        ("front", run["front"], "high_resolution is made for bins of time; "),
    ):
        if wrong:
            allowed = {"tta": "1 or 2"}.get(key, "0" if "." in key else "null")
            yield f"{key} is not allowed: {why}allowed: {allowed}"
