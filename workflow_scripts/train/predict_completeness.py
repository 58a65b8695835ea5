"""Predict the injected cadences of completeness with one fold's detector, and mark those that it never saw.

Writes a table: collection, id, prediction (the probability of a needle, 0..1) and held_out (true if the
detector learnt from nothing that shares background with the cadence).

    python workflow_scripts/train/predict_completeness.py --settings results/runs/b3/round1/settings.json \\
        --weights fold0/weights.safetensors --folds results/folds.parquet --fold 0 \\
        --overlapping results/overlaps/folds.parquet --manifest results/manifests/completeness.parquet \\
        --stores results/stores/{normalized,nmf}/completeness/*.arrow \\
        --predictions fold0/completeness.parquet --threads 2
"""

import pyarrow as pa

from abacad.images.selection import completeness_rows, held_out
from abacad.tables.files import read_table, write_table
from abacad.train.memory import explaining_lack_of_memory
from abacad.train.predict import predict
from abacad.train.prediction_job import open_prediction, prediction_parser


def main() -> None:
    """Read the command line and predict."""
    parser = prediction_parser(__doc__)
    add = parser.add_argument
    add("--overlapping", required=True, help="Parquet of make_folds.py: what the fold holds out")
    add("--manifest", required=True, help="of completeness, Parquet of inject_needles.py")
    add("--predictions", required=True, help="Parquet to write: see above")
    arguments = parser.parse_args()

    job = open_prediction(arguments, completeness_rows)
    run = job.run
    with explaining_lack_of_memory(run):
        predictions = predict(job.model, job.batches, run, run.tta)
    manifest = read_table(arguments.manifest)
    apart = held_out(manifest, read_table(arguments.overlapping), arguments.fold)
    apart = dict(zip(manifest["id"].to_pylist(), apart, strict=True))
    table = {"collection": job.collections, "id": job.ids, "prediction": predictions}
    table["held_out"] = [bool(apart[cadence_id]) for cadence_id in job.ids]
    write_table(arguments.predictions, pa.table(table))


if __name__ == "__main__":
    main()
