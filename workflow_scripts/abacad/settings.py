"""The settings of a run: a dataclass for each part of the code that needs some of them.

A field is named like its key. rules/config.schema.yaml says what the keys mean, and their ranges.
"""

from dataclasses import dataclass
from typing import Any, Literal

from abacad.cadences.layout import PanelShape

MixedLabel = Literal["linear", "or", "max"]


@dataclass(frozen=True)
class Drift:
    """The drift view, see abacad.images.drift."""

    largest: float  # Hz/s
    step: float  # Hz/s
    image_size: tuple[int, int] | None  # drift, frequency


@dataclass(frozen=True)
class Composition:
    """What a model sees of a cadence, whose panels are of a `shape`."""

    shape: PanelShape
    channels: tuple[str, ...]  # of abacad.cadences.known_stores.CHANNELS
    view: Literal["time_frequency", "drift", "both"]
    panels: Literal["stacked", "channels", "sorted"] | None
    standardize: Literal["panel", "cadence"] | None
    image_size: tuple[int, int] | None  # time, frequency
    resize: Literal["bilinear", "bicubic", "area", "nearest"]
    drift: Drift


@dataclass(frozen=True)
class Gem:
    exponent: float
    learnt: bool


@dataclass(frozen=True)
class Asinh:
    softening: float


@dataclass(frozen=True)
class Architecture:
    """The detector without its head, which depends on the loss."""

    backbone: str
    pretrained: bool | str
    asinh: Asinh | None
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
    accumulate: int
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
    """The loss of the labels, and the terms that are added to it."""

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
    """A change that is made to this share of the cadences."""

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
class OnTheFly:
    """Rows that are made in each epoch, with needles as in the run's `inject`."""

    count: int
    kinds: tuple[Literal["straight", "squiggle", "dashed", "dot", "s_shape"], ...]


@dataclass(frozen=True)
class Selection:
    """Which rows a model learns from."""

    negatives_per_positive: float | None
    old_positives: tuple[Literal["train_old", "test_old"], ...]
    injected_kinds: tuple[Literal["straight", "squiggle", "dashed", "dot", "s_shape"], ...]
    injected_on_the_fly: OnTheFly | None
    leave_out_kind: Literal["straight", "squiggle", "dashed", "dot"] | None


@dataclass(frozen=True)
class Run:
    """All settings of one run. If a field is a dataclass, it is a block: its fields are keys of the JSON."""

    experiment: str
    stage: str
    seed: int
    tta: Literal[1, 2, 4]
    amp: bool | Literal["bfloat16", "float16"]
    gpus: int
    inject: (
        dict[str, Any] | None
    )  # the config's, for injected_on_the_fly, and highest: of the stores
    composition: Composition
    architecture: Architecture
    optimization: Optimization
    loss_terms: LossTerms
    mixing: Mixing
    augmentation: Augmentation
    selection: Selection
