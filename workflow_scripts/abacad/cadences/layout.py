"""The raw data as the competition ships them: shape of a cadence, size of a bin, folders, label tables.

A cadence is one `.npy` of six panels, in pointing order A B A C A D: (panel=6, time=273,
frequency=256), float16. Panels 0, 2, 4 look at the target (ON), 1, 3, 5 elsewhere (OFF).
"""

from dataclasses import dataclass

PANELS, TIME_BINS, FREQUENCY_BINS = CADENCE_SHAPE = (6, 273, 256)
CADENCE_DTYPE = "<f2"
POINTINGS = "ABACAD"
ON_PANELS = (0, 2, 4)
OFF_PANELS = (1, 3, 5)

FREQUENCY_BIN = 2861.02294921875  # Hz; the medium-resolution product of Breakthrough Listen
TIME_BIN = 1.073741824  # s
PANEL_SECONDS = TIME_BINS * TIME_BIN
MAP_SHAPE = (PANELS, 39, 64)  # of a Grad-CAM of a cadence: panel, time, frequency
UNIT_DRIFT = FREQUENCY_BIN / PANEL_SECONDS  # Hz/s: one frequency bin in the time of a panel


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
