"""The command line of a training job in; weights, history and metrics out, whole or not at all.

This is the common part of pretrain_old and train_fold: their command line except where the rows come
from, which rows are left out, and everything after that.
"""

import argparse
import hashlib
import os
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import torch

from abacad.devices.data_parallel import count, rank, sharing_batch_statistics
from abacad.devices.device import device_name, prepare_device
from abacad.images.batches import TrainingData
from abacad.images.selection import Ids, Rows, apart_from_fold, without_kind
from abacad.model.detector import Detector, build_model, load_weights, save_weights
from abacad.seeds import seed_of
from abacad.settings import Run
from abacad.tables.files import file_digest, read_table, write_json, write_tsv
from abacad.train.checkpoint import State, code_digest
from abacad.train.learner import Learner
from abacad.train.loop import HISTORY_COLUMNS, OutOfTime, train
from abacad.train.memory import explaining_lack_of_memory
from abacad.train.run_settings import flat_settings

EXIT_CODES = """Exits with 75 where SLURM's time limit would end the job within the next epoch: what was
learnt is saved, and the same command goes on.
"""


def training_parser(description: str) -> argparse.ArgumentParser:
    """A command line with the options of every training job."""
    parser = argparse.ArgumentParser(
        description=f"{description}\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--settings", required=True, help="JSON: the run's complete settings, from resolve_run.py")
    add(
        "--stores", nargs="+", required=True, help="all shards of every store and collection needed"
    )
    add("--folds", required=True, help="table of folds: id, target, fold")
    add("--fold", type=int, required=True, help="the fold whose model this is, from 0")
    overlapping_help = "Parquet of make_folds.py: what overlaps with the fold is not learnt from"
    add("--overlapping", nargs="?", help=overlapping_help)
    truth_help = "Parquet of simulate_cadences.py, where the settings have leave_out_kind"
    add("--truth", nargs="?", help=truth_help)
    initial_help = "detector to start from: of pretraining, or of the round before, for this fold"
    add("--initial-weights", nargs="?", help=initial_help)
    add("--backbone-weights", nargs="?", help="pretrained backbone, in timm's format")
    add("--weights", required=True, help="safetensors to write: the detector after the last epoch")
    add(
        "--history",
        required=True,
        help="TSV to write: loss, speed, ... of each epoch, AUC where validated",
    )
    add("--metrics", required=True, help="JSON to write: final AUC and loss, rows, device, time")
    add("--state", required=True, help="folder for the unfinished training; removed at the end")
    add("--threads", type=int, default=1, help="CPU threads, or threads that read for a GPU")
    return parser


def run_training(
    arguments: argparse.Namespace,
    run: Run,
    data: TrainingData,
    injected: pa.Table | None = None,
) -> None:
    """Train, or continue an interrupted training, and write the files that `arguments` names.

    If several processes train together, each of them calls this, and the first one writes.

    data      rows to learn from, including those that `learnt_from` will leave out
    injected  manifest of the injected cadences, if there are any among the rows
    """
    fold, kind = arguments.fold, run.selection.leave_out_kind
    ids = data.reader.ids
    data = replace(data, training=learnt_from(arguments, kind, ids, data.training, injected))
    if data.unlabelled is not None:
        data = replace(data, unlabelled=learnt_from(arguments, kind, ids, data.unlabelled))
    if data.backgrounds is not None:
        data = replace(data, backgrounds=learnt_from(arguments, None, ids, data.backgrounds))
    threads = max(1, arguments.threads // count())
    device = prepare_device(threads)
    starts_from = (arguments.initial_weights, arguments.backbone_weights)
    model = starting_model(run, fold, *starts_from).to(device)
    model = sharing_batch_statistics(model, device)
    fingerprint = {
        "settings": flat_settings(run),
        "data": _digest(
            data.reader.digest().encode(),
            *(
                part
                for rows in (data.training, data.validation, data.unlabelled, data.backgrounds)
                if rows is not None
                for part in (
                    repr(rows.collections.tolist()).encode(),
                    rows.places.tobytes(),
                    rows.labels.tobytes(),
                )
            ),
            *(file_digest(path).encode() for path in starts_from if path),
        ),
        "code": code_digest(),
    }
    state = State(arguments.state, fingerprint)
    try:
        with explaining_lack_of_memory(run):
            history = train(Learner(model, run, fold), data, state, threads)
    except OutOfTime as stop:
        print(stop)
        sys.exit(os.EX_TEMPFAIL)
    if rank() > 0:
        return
    save_weights(arguments.weights, model)
    write_tsv(arguments.history, history, HISTORY_COLUMNS)
    metrics = {
        "auc": history[-1]["auc"],
        "loss": history[-1]["loss"],
        "epochs": len(history),
        "training_rows": len(data.training),
        "validation_rows": len(data.validation),
        "device": device_name(device),
        "threads": arguments.threads,
        "seconds": sum(row["seconds"] for row in history),
        "state_seconds": state.seconds,
        "code": fingerprint["code"],
    }
    write_json(arguments.metrics, metrics)
    state.remove()  # last, so that a kill before this line costs no epoch


def learnt_from(
    arguments: argparse.Namespace,
    kind: str | None,
    ids: Ids,
    rows: Rows,
    injected: pa.Table | None = None,
) -> Rows:
    """The rows except those that overlap with the fold, and those with needles of the kind to leave out.

    ValueError: nothing is left.
    """
    if arguments.overlapping:
        overlapping = read_table(arguments.overlapping)
        apart = apart_from_fold(ids, rows, overlapping, arguments.fold, injected)
        for collection in np.unique(rows.collections).tolist():
            count = np.sum(rows.collections == collection)
            dropped = count - np.sum(apart.collections == collection)
            told = f"{dropped} of {count} rows of {collection}"
            print(f"left out of training because they overlap with the fold: {told}")
        rows = apart
    if kind:
        count = len(rows)
        rows = without_kind(ids, rows, read_table(arguments.truth), kind)
        print(f"left out because of a needle of the kind {kind}: {count - len(rows)} rows")
    if not len(rows):
        raise ValueError("no row is left to learn from: all overlap with the fold")
    return rows


def starting_model(
    run: Run,
    fold: int,
    initial_weights: str | None,
    backbone_weights: str | None,
) -> Detector:
    """The detector before the first epoch: from an earlier run, with a pretrained backbone, or random.

    ValueError: there are no weights to start from, but the settings do not say `pretrained: false`.
    """
    torch.manual_seed(seed_of(run.seed, run.stage, fold, "weights"))
    if initial_weights:
        model = build_model(run)
        load_weights(initial_weights, model)
        return model
    if run.architecture.pretrained and not backbone_weights:
        raise ValueError(
            f"the settings ask for pretrained weights of {run.architecture.backbone}, but neither "
            "--backbone-weights nor --initial-weights is given; `pretrained: false` starts from "
            "random ones"
        )
    if backbone_weights and not run.architecture.pretrained:
        raise ValueError("--backbone-weights is given, but the settings say `pretrained: false`")
    return build_model(run, backbone_weights)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
