"""What a bundle is and its scores in, its model card out: the same for people.

Source of its sections: Mitchell et al. 2019, Model cards for model reporting.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abacad.bundle.calibration import Calibration
from abacad.bundle.contents import Bundle

RATES = (0.1, 0.03, 0.01, 0.003, 0.001)  # of false positives, for which completeness is told


def model_card(
    bundle: Bundle, calibration: Calibration, scores: Mapping[str, Any], licence: str | None
) -> str:
    """Markdown.

    scores   of rank_average.py: of the means and of the members
    licence  of the weights; None: nobody said
    """
    data, cadences = bundle.data, bundle.cadences
    where = "simulated by abacad" if data["simulated"] else f"from `{data['root']}`"
    seconds, hertz = cadences["time_bin"], cadences["frequency_bin"]
    method = bundle.ensemble["method"]
    models = sum(len(member.weights) for member in bundle.members)
    sections = {
        f"Model card: {bundle.name}": [
            "An ensemble of detectors of narrow, drifting signals that are in the ON panels of a cadence and "
            "in none of its OFF panels. For each cadence it gives a score, and how often a cadence without "
            "such a signal scores as high. Written by abacad.",
        ],
        "Data": [
            f"{data['rows']:,} cadences, {data['needles']:,} of them with a needle, {where}. A cadence is "
            f"{cadences['pointings']}: panels of {cadences['time_bins']} time bins of {seconds:.4g} s by "
            f"{cadences['frequency_bins']} frequency bins of {hertz:.6g} Hz.",
        ],
        "Recipe": [
            f"{models} trained models. These members are combined by `{method}`:",
            _table(
                ("member", "what it is", "sees", "models"), [_recipe(m) for m in bundle.members]
            ),
        ],
        "Scores": [
            "Out of fold: each cadence is scored by models that never saw it, nor one that shares its "
            "background. Recall is at 1 % false positives; in brackets, 95 % intervals.",
            _table(
                ("", "AUC", "recall"),
                [
                    _scores("ensemble", scores["means"][method]),
                    *(
                        _scores(name, scores["members"][name])
                        for name in bundle.ensemble["weights"]
                    ),
                ],
            ),
            "What can be found for a rate of false positives, out of fold:",
            _table(("false positives", "needles found", "score"), _thresholds(calibration)),
        ],
        "Limits": ["\n".join(f"- {limit}" for limit in _limits(bundle, calibration))],
        "Licence": [licence or "Nobody has said under which licence these weights are."],
    }
    first, *others = sections
    titled = [f"# {first}", *sections[first]]
    for title in others:
        titled += [f"## {title}", *sections[title]]
    return "\n\n".join(titled) + "\n"


def _recipe(member: Any) -> tuple[str, ...]:
    settings = member.settings
    if "search" in settings:
        by = f", by {settings['statistic']}" if settings.get("statistic") else ""
        what = f"de-Doppler search{by}, not trained"
        return member.name, what, settings["search"]["store"], "0"
    size = settings["image_size"]
    pixels = f", {size[0]} x {size[1]}" if size else ""
    views = {"both": "both views"}.get(
        settings["view"], f"{settings['view'].replace('_', ' ')} view"
    )
    return (
        member.name,
        f"{settings['backbone']}, {views}{pixels}",
        ", ".join(settings["channels"]),
        str(len(member.weights)),
    )


def _scores(name: str, scores: Mapping[str, float]) -> tuple[str, ...]:
    return name, *(
        f"{scores[key]:.3f} ({scores[f'{key}_low']:.3f} to {scores[f'{key}_high']:.3f})"
        for key in ("auc", "recall")
    )


def _thresholds(calibration: Calibration) -> list[tuple[str, ...]]:
    """For each rate that there are enough negatives to tell: completeness and the score that it takes."""
    scores = calibration.out_of_fold()
    negatives = np.sort(scores[calibration.target == 0])[::-1]
    rows = []
    for rate in RATES:
        passing = int(rate * len(negatives))  # how many negatives score higher
        if passing < 1:
            break
        threshold = negatives[passing]
        found = (scores[calibration.target == 1] > threshold).mean()
        rows.append((f"{100 * rate:g} %", f"{100 * found:.1f} %", f"{threshold:.4f}"))
    return rows


def _limits(bundle: Bundle, calibration: Calibration) -> list[str]:
    negatives = int((calibration.target == 0).sum())
    limits = [
        f"The lowest rate of false positives that can be told is 1 in {negatives:,}, the number of cadences "
        "without a needle.",
        "The rates hold for sky like that of the training cadences. Other receivers have other interference.",
    ]
    if bundle.data["simulated"]:
        limits.append(
            "It has seen no real sky. How it does there is unknown until real cadences have been looked at."
        )
    if "residual" in bundle.stores:
        limits.append(
            "Some members see `residual`, from which the background of overlapping cadences is subtracted. A "
            "transmitter in the sky is in those too, and would be subtracted. They find only needles that "
            "were added to cadences after these had been cut."
        )
    return limits


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
