"""What ran, its scores and the domain shift in, ten lines for the first page of the report out."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, str]

LOOK = (
    "*ROC and precision-recall*: how many needles are found for how many false alarms",
    "*out of fold against test*: whether the scores above can be trusted on the test side",
    "*one cadence in every store*, and *Grad-CAM*: whether the detectors look at needles",
)


def summary(
    run: Mapping[str, Any],
    scores: Sequence[Row],
    shifts: Sequence[Row],
    train: tuple[int, int],
    test: int,
) -> str:
    """A page of reStructuredText.

    run     name, root, simulated, members, experiments, folds (their method), rounds (of pseudo-labels)
    scores  the rows of scores.tsv
    shifts  the rows of domain_shift.tsv
    train   how many training cadences, and how many of them hold a needle
    test    how many test cadences
    """
    title = f"abacad: {run['name'] or 'results'}"
    singles = [row for row in scores if row["round"]]
    best = max(singles, key=lambda row: float(row["auc"]))
    (ensemble,) = (row for row in scores if row["model"] == "ensemble, rank mean")
    cadences, needles = train
    where = "simulated" if run["simulated"] else f"from ``{run['root']}``"
    models = len(run["experiments"])
    models = f"{models} experiment{'s' if models > 1 else ''}"
    rounds = {0: "no pseudo-labels", 1: "a round of pseudo-labels"}.get(
        run["rounds"], f"{run['rounds']} rounds of pseudo-labels"
    )
    known = [row for row in shifts if row["auc"]]
    lines = [
        f"**Data**: {cadences:,} training cadences, {needles:,} of them with a needle, and {test:,} test "
        f"cadences, {where}.",
        f"**Run**: {models}, {run['folds']} folds, {rounds}. The ensemble is of "
        f"{_list(run['members'])}.",
        f"**Ensemble** (mean of ranks), out of fold: {_told(ensemble)}.",
        f"**Best single model**, out of fold: {best['model']}, round {best['round']}: {_told(best)}.",
    ]
    if ensemble["test_auc"]:
        of_test = (
            f"AUC {float(ensemble['test_auc']):.3f}, recall {float(ensemble['test_recall']):.3f}"
        )
        lines.append(f"**Ensemble on test**, by the simulator's truth: {of_test}.")
    else:
        lines.append("**Test**: nobody knows the labels, so there is no score.")
    if known:
        largest = max(known, key=lambda row: float(row["auc"]))
        lines.append(
            "**Train against test**: a small model tells the two sides apart best in the store "
            f"{largest['store']}, with an AUC of {float(largest['auc']):.3f} (0.5: not at all)."
        )
    lines.append("**Look at**, in the menu at the left:")
    listed = [f"- {line}" for line in lines] + [""] + [f"  - {line}" for line in LOOK]
    return "\n".join([title, "=" * len(title), "", *listed, ""])


def _told(row: Row) -> str:
    auc, low, high, recall = (
        f"{float(row[name]):.3f}" for name in ("auc", "auc_low", "auc_high", "recall")
    )
    return f"AUC {auc} ({low} to {high}), recall {recall} at 1 % false positives"


def _list(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
