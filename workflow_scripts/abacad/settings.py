"""The flat JSON of a run's settings in, a dataclass for each part of the code that needs some of them out.

A field is named like its key; what keys mean, and their ranges, rules/config.schema.yaml says.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from abacad.tables.files import read_json
from abacad.tables.nested import dotted

MixedLabel = Literal["linear", "or", "max"]


@dataclass(frozen=True)
class Drift:
    """The drift view, see abacad.images.drift."""

    largest: float  # Hz/s
    step: float  # Hz/s
    image_size: tuple[int, int] | None  # drift, frequency


@dataclass(frozen=True)
class Composition:
    """What a model sees of a cadence."""

    channels: tuple[str, ...]  # of abacad.cadences.known_stores.CHANNELS
    view: Literal["time_frequency", "drift", "both"]
    panels: Literal["stacked", "channels"] | None
    standardize: Literal["panel", "cadence"] | None
    image_size: tuple[int, int] | None  # time, frequency
    resize: Literal["bilinear", "bicubic", "area", "nearest"]
    drift: Drift


@dataclass(frozen=True)
class Gem:
    exponent: float
    learnt: bool


@dataclass(frozen=True)
class Architecture:
    """The detector, but for its head, which is the loss's."""

    backbone: str
    pretrained: bool | str
    stem_stride: int | tuple[int, int] | None
    first_pooling: bool
    activation: Literal["relu"] | None
    attention: Literal["triplet"] | None
    front: Literal["high_resolution"] | None
    gradient_checkpointing: bool
    pooling: Literal["gem", "average", "max"]
    gem: Gem
    drop_rate: float
    dropout_samples: int
    drop_path_rate: float


@dataclass(frozen=True)
class Ema:
    decay: float


@dataclass(frozen=True)
class Optimization:
    """How weights change, and for how long."""

    epochs: int
    validate_every: int | None
    batch_size: int
    optimizer: Literal["adam", "adamw", "radam", "madgrad"]
    learning_rate: float
    final_learning_rate: float
    warmup_epochs: float
    head_only_epochs: int
    weight_decay: float
    gradient_clip: float | None
    ema: Ema | None


@dataclass(frozen=True)
class Bce:
    positive_weight: float


@dataclass(frozen=True)
class Focal:
    alpha: float
    gamma: float


@dataclass(frozen=True)
class AucMargin:
    margin: float


@dataclass(frozen=True)
class Arcface:
    scale: float
    margin: float


@dataclass(frozen=True)
class Loss:
    name: Literal["bce", "focal", "auc_margin", "arcface"]
    label_smoothing: float
    bce: Bce
    focal: Focal
    auc_margin: AucMargin
    arcface: Arcface


@dataclass(frozen=True)
class Dann:
    weight: float


@dataclass(frozen=True)
class Shot:
    weight: float
    prior: float


@dataclass(frozen=True)
class LossTerms:
    """The loss of the labels, and what is added to it."""

    loss: Loss
    dann: Dann | None
    shot: Shot | None


@dataclass(frozen=True)
class Mixup:
    alpha: float
    weights: tuple[float, float] | None
    label: MixedLabel
    rescale: bool
    stop_epoch: int


@dataclass(frozen=True)
class Cutmix:
    alpha: float
    label: MixedLabel
    stop_epoch: int


@dataclass(frozen=True)
class Mixing:
    """How the cadences of a batch are mixed."""

    mixup: Mixup | None
    cutmix: Cutmix | None


@dataclass(frozen=True)
class Flip:
    frequency: float
    time: float
    of: Literal["image", "panels"]


@dataclass(frozen=True)
class Occasional:
    """A change to this share of the cadences."""

    probability: float


@dataclass(frozen=True)
class Roll(Occasional):
    frequency: float
    time: float


@dataclass(frozen=True)
class ShiftScaleRotate(Occasional):
    shift: float
    scale: float
    rotate: float


@dataclass(frozen=True)
class Sharpen(Occasional):
    amount: float


@dataclass(frozen=True)
class BrightnessContrast(Occasional):
    brightness: float
    contrast: float


@dataclass(frozen=True)
class Noise(Occasional):
    kind: Literal["gaussian", "chi_squared"]
    level: float


@dataclass(frozen=True)
class Cutout(Occasional):
    holes: int
    time: float
    frequency: float


@dataclass(frozen=True)
class SpecAugment(Occasional):
    masks: int
    time_width: int
    frequency_width: int


@dataclass(frozen=True)
class Augmentation:
    """Random changes to single cadences."""

    flip: Flip
    roll: Roll | None
    shift_scale_rotate: ShiftScaleRotate | None
    panel_permutation: Occasional | None
    on_off_swap: Occasional | None
    sharpen: Sharpen | None
    brightness_contrast: BrightnessContrast | None
    noise: Noise | None
    cutout: Cutout | None
    spec_augment: SpecAugment | None


@dataclass(frozen=True)
class Selection:
    """Which rows are learnt from."""

    negatives_per_positive: float | None
    old_positives: tuple[Literal["train_old", "test_old"], ...]
    injected_kinds: tuple[Literal["straight", "squiggle", "dashed", "dot", "s_shape"], ...]
    leave_out_kind: Literal["straight", "squiggle", "dashed", "dot"] | None


@dataclass(frozen=True)
class Run:
    """All settings of one run. A dataclass among these fields is a block: its fields are keys of the JSON."""

    experiment: str
    stage: str
    seed: int
    tta: Literal[1, 2, 4]
    amp: bool | Literal["bfloat16", "float16"]
    gpus: int
    composition: Composition
    architecture: Architecture
    optimization: Optimization
    loss_terms: LossTerms
    mixing: Mixing
    augmentation: Augmentation
    selection: Selection


BLOCKS = {block.name: block.type for block in fields(Run) if is_dataclass(block.type)}


def read_run(path: str | Path) -> Run:
    """The run whose settings resolve_run.py wrote. ValueError: see `run_of`; it names the file too."""
    try:
        return run_of(read_json(path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def run_of(settings: Mapping[str, Any]) -> Run:
    """The run of these settings. ValueError, naming a key: it is unknown, missing or of a wrong type."""
    grouped = dict(settings)
    for name, block in BLOCKS.items():
        keys = [key.name for key in fields(block)]
        grouped[name] = {key: grouped.pop(key) for key in keys if key in grouped}
    try:
        run = msgspec.convert(grouped, Run)
    except msgspec.ValidationError as error:
        raise ValueError(f"settings of a run: {error}") from error
    if unknown := sorted(dotted(settings).keys() - dotted(flat_settings(run)).keys()):
        raise ValueError(f"settings of a run: unknown key {', '.join(unknown)}")
    return run


def flat_settings(run: Run) -> dict[str, Any]:
    """The settings of a run by the keys of the JSON that `run_of` takes."""
    settings = asdict(run)
    for name in BLOCKS:
        settings |= settings.pop(name)
    return settings
