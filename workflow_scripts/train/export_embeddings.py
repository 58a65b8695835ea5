"""Write the embeddings (inputs of the last layer) of one fold's detector, for its own fold's cadences
and test.

Writes a table: collection, id, embedding (list of float32). If the detector was trained with the loss
arcface, the direction of an embedding tells the classes apart: cadences that look alike have a high
cosine. Each fold's detector has a space of its own, so compare embeddings only within one table.

    python workflow_scripts/train/export_embeddings.py --settings results/runs/arc/round0/settings.json \\
        --weights fold0/weights.safetensors --folds results/folds.parquet --fold 0 \\
        --stores results/stores/normalized/{train,test}/*.arrow \\
        --embeddings fold0/embeddings.parquet --threads 2
"""

import pyarrow as pa

from abacad.tables.files import write_table
from abacad.train.memory import explaining_lack_of_memory
from abacad.train.predict import embed
from abacad.train.prediction_job import open_prediction, prediction_parser


def main() -> None:
    """Read the command line and embed."""
    parser = prediction_parser(__doc__)
    embeddings_help = "Parquet to write: collection, id, embedding"
    parser.add_argument("--embeddings", required=True, help=embeddings_help)
    arguments = parser.parse_args()

    job = open_prediction(arguments)
    with explaining_lack_of_memory(job.run):
        features, _ = embed(job.model, job.batches, job.run)
    embeddings = pa.FixedSizeListArray.from_arrays(features.ravel(), features.shape[1])
    table = {"collection": job.collections, "id": job.ids, "embedding": embeddings}
    write_table(arguments.embeddings, pa.table(table))


if __name__ == "__main__":
    main()
