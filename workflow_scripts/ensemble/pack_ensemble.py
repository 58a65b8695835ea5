"""Pack the trained ensemble into one folder, which scores new sky and is loaded by nothing but its path.

It holds the members' weights and settings, the options of preprocessing, versions, what a score means (by the
out-of-fold rows), a model card and checksums. Nothing in it can be executed.

    python workflow_scripts/ensemble/pack_ensemble.py --run '{"name": "demo", "preprocess": {...}, ...}' \\
        --folds results/folds.parquet --scores results/ensemble/scores.json \\
        --ensemble-weights results/ensemble/weights.tsv --curves results/ensemble/curves.parquet \\
        --method rank_mean --power 4 \\
        --settings b3 results/runs/b3/round1/settings.json \\
        --predictions b3 results/runs/b3/round1/fold{0,1,2}/predictions.parquet \\
        --metrics b3 results/runs/b3/round1/fold{0,1,2}/metrics.json \\
        --weights b3 results/runs/b3/round1/fold{0,1,2}/weights.safetensors \\
        --environment envs/train.yaml --bundle results/bundle
"""

import argparse
import json
import re
from pathlib import Path

from abacad.bundle.calibration import calibrated
from abacad.bundle.card import model_card
from abacad.bundle.contents import Bundle, Member, weights_path
from abacad.bundle.packing import write_bundle
from abacad.cadences.layout import POINTINGS
from abacad.ensemble.names import METHODS
from abacad.tables.curves import read_curves
from abacad.tables.files import read_json, read_table, read_tsv

RUN = "JSON: name, root and simulated of the run, its preprocess and search, and the licence of the weights"


def main() -> None:
    """Read the command line and pack."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--run", type=json.loads, required=True, help=RUN)
    add("--folds", required=True, help="Parquet: id, target, fold")
    add("--scores", required=True, help="JSON of rank_average.py")
    add("--ensemble-weights", required=True, help="TSV of rank_average.py")
    curves_help = "Parquet of rank_average.py; packed if the method is stacked"
    add("--curves", required=True, help=curves_help)
    add("--method", choices=METHODS, required=True, help="how members become the ensemble")
    add("--power", type=float, required=True, help="of the power mean")
    of_member = {"nargs": "+", "action": "append", "default": [], "metavar": ("MEMBER", "FILE")}
    add("--settings", **of_member, help="a member and its settings; once for each")
    add("--predictions", **of_member, help="a member and its predictions in the order of the folds")
    add("--metrics", **of_member, help="a member and its metrics")
    add("--weights", **of_member, help="a member and its weights; a search has none")
    add("--environment", type=Path, required=True, help="conda environment of the trainings")
    add("--bundle", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    settings, predictions, metrics, weights = (
        {name: files for name, *files in groups}
        for groups in (
            arguments.settings,
            arguments.predictions,
            arguments.metrics,
            arguments.weights,
        )
    )

    folds = read_table(arguments.folds, ["id", "target", "fold"])
    (mixed,) = (row for row in read_tsv(arguments.ensemble_weights) if row["rows"] == "test")
    ensemble = {
        "method": arguments.method,
        "power": arguments.power,
        "weights": {name: float(mixed[name]) for name in settings},
    }
    members = [
        Member(
            name,
            read_json(path),
            [weights_path(name, fold) for fold in range(len(weights.get(name, [])))],
            [read_json(file)["choice"] for file in metrics[name] if name not in weights],
        )
        for name, (path,) in settings.items()
    ]
    run = arguments.run
    data = {
        "root": run["root"],
        "simulated": run["simulated"],
        "rows": len(folds),
        "needles": int(sum(folds["target"].to_pylist())),
    }
    name = run["name"] or "abacad"
    versions = dict(re.findall(r"- ([\w.-]+)==([^ ;\n]+)", arguments.environment.read_text()))
    bundle = Bundle(
        name=name,
        members=members,
        cadences={"pointings": POINTINGS} | run["shape"],
        preprocess=run["preprocess"],
        search=run["search"],
        ensemble=ensemble,
        data=data,
        versions=versions,
    )
    stacked = arguments.method == "stacked"
    curves = read_curves(arguments.curves, [*predictions]) if stacked else ()
    calibration = calibrated(folds, predictions, **ensemble, curves=curves)
    card = model_card(bundle, calibration, read_json(arguments.scores), run["licence"])
    write_bundle(arguments.bundle, bundle, weights, calibration, card)


if __name__ == "__main__":
    main()
