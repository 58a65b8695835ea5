"""The raw data as the competition ships them: panels of a cadence, size of a bin, folders, label tables.

A cadence is one `.npy` of six panels, in pointing order A B A C A D: (panel=6, time, frequency), float16.
Panels 0, 2, 4 look at the target (ON), 1, 3, 5 elsewhere (OFF).
"""

import json
from dataclasses import asdict, dataclass
from typing import Self, TypeVar

PANELS = 6
CADENCE_DTYPE = "<f2"
POINTINGS = "ABACAD"
ON_PANELS = (0, 2, 4)
OFF_PANELS = (1, 3, 5)
PANELS_OF_SIDE = {"all": tuple(range(PANELS)), "on": ON_PANELS, "off": OFF_PANELS}

MAP_SHAPE = (PANELS, 39, 64)  # of a Grad-CAM of a cadence: panel, time, frequency

Rate = TypeVar("Rate")  # a number, or an array of them


@dataclass(frozen=True)
class PanelShape:
    """How panels are divided, as in the config's `data.shape`. By default as those of the competition, which
    are of the medium-resolution product of Breakthrough Listen.

    time_bins, frequency_bins  of a panel
    time_bin                   s
    frequency_bin              Hz
    """

    time_bins: int = 273
    frequency_bins: int = 256
    time_bin: float = 1.073741824
    frequency_bin: float = 2861.02294921875

    @classmethod
    def of_json(cls, text: str) -> Self:
        """The shape of an option that scripts have: the block `data.shape` of the config."""
        return cls(**json.loads(text))

    def as_json(self) -> str:
        """For such an option."""
        return json.dumps(asdict(self))

    @property
    def of_cadence(self) -> tuple[int, int, int]:
        """The shape of its array: panel, time, frequency."""
        return PANELS, self.time_bins, self.frequency_bins

    @property
    def seconds(self) -> float:
        """How long a panel is."""
        return self.time_bins * self.time_bin

    @property
    def band(self) -> float:
        """How wide a panel is, Hz."""
        return self.frequency_bins * self.frequency_bin

    @property
    def unit_drift(self) -> float:
        """Hz/s: one frequency bin in the time of a panel."""
        return self.frequency_bin / self.seconds

    def bins_a_row(self, drift_rate: Rate) -> Rate:
        """Bins of frequency that a drift rate, Hz/s, is in one time bin."""
        return drift_rate / self.unit_drift / self.time_bins


COMPETITION = PanelShape()


@dataclass(frozen=True)
class Collection:
    """One set of cadences: where its files and the table of its ids lie below the raw folder."""

    name: str
    folder: str
    table: str  # CSV with the columns id, target
    labelled: bool  # False: the table's targets are placeholders
    id_digits: int = 15  # hexadecimal digits of an id

    def cadence_path(self, cadence_id: str) -> str:
        """Path of one cadence below the raw folder: files are spread over the id's first character."""
        return f"{self.folder}/{cadence_id[0]}/{cadence_id}.npy"


COLLECTIONS = {
    collection.name: collection
    for collection in (
        Collection("train", "train", "train_labels.csv", labelled=True),
        Collection("test", "test", "sample_submission.csv", labelled=False),
        Collection(
            "train_old",
            "old_leaky_data/train_old",
            "old_leaky_data/train_labels_old.csv",
            labelled=True,
            id_digits=12,
        ),
        Collection(
            "test_old",
            "old_leaky_data/test_old",
            "old_leaky_data/test_labels_old.csv",
            labelled=True,
            id_digits=12,
        ),
    )
}

OLD_COLLECTIONS = ("train_old", "test_old")

# Cadences that inject_needles makes. They are in no raw folder.
INJECTED = "injected"  # to learn from
COMPLETENESS = "completeness"  # to measure which needles are found; never learnt from
MADE_COLLECTIONS = (INJECTED, COMPLETENESS)

OBSERVED = "observed"  # snippets of a telescope's files

STORED_COLLECTIONS = (*COLLECTIONS, *MADE_COLLECTIONS, OBSERVED)
