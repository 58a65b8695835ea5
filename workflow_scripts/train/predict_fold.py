"""Predict the cadences of one fold, and all test cadences, with the detector that never saw that fold.

Writes a table: collection, id and prediction (the probability of a needle, 0..1).

    python workflow_scripts/train/predict_fold.py --settings results/runs/b3/round0/settings.json \\
        --weights fold0/weights.safetensors --folds results/folds.parquet --fold 0 \\
        --stores results/stores/{normalized,nmf}/{train,test}/*.arrow \\
        --predictions fold0/predictions.parquet --threads 2
"""

import pyarrow as pa

from abacad.tables.files import write_table
from abacad.train.memory import explaining_lack_of_memory
from abacad.train.predict import predict
from abacad.train.prediction_job import open_prediction, prediction_parser


def main() -> None:
    """Read the command line and predict."""
    parser = prediction_parser(__doc__)
    predictions_help = "Parquet to write: collection, id, prediction"
    parser.add_argument("--predictions", required=True, help=predictions_help)
    arguments = parser.parse_args()

    job = open_prediction(arguments)
    with explaining_lack_of_memory(job.run):
        predictions = predict(job.model, job.batches, job.run, job.run.tta)
    table = {"collection": job.collections, "id": job.ids, "prediction": predictions}
    write_table(arguments.predictions, pa.table(table))


if __name__ == "__main__":
    main()
