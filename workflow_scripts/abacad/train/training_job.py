"""A training job from files to files: weights, history and metrics out, whole or not at all.

What pretrain_old and train_fold share: their command line but for where the rows come from, what of
those is left out, and everything after that.
"""

import argparse
import hashlib
import os
import sys
from typing import Any

import pyarrow as pa
import torch

from abacad.devices.data_parallel import count, rank, sharing_batch_statistics
from abacad.devices.device import device_name, explaining_lack_of_memory, prepare_device
from abacad.images.batches import Cadences
from abacad.images.selection import Ids, Rows, apart_from_fold, without_kind
from abacad.model.detector import Detector, build_model, load_weights, save_weights
from abacad.seeds import seed_of
from abacad.tables.files import read_table, write_json, write_tsv
from abacad.train.checkpoint import State, code_digest, file_digest
from abacad.train.loop import HISTORY_COLUMNS, OutOfTime, train
from abacad.train.time_limit import end_of_job

EXIT_CODES = """Exits with 75 where SLURM's time limit would end the job within the next epoch: what was
learnt is saved, and the same command goes on.
"""


def training_parser(description: str) -> argparse.ArgumentParser:
    """A command line with what every training job is told."""
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
    groups_help = "Parquet of find_overlaps.py: what overlaps with the fold is not learnt from"
    add("--groups", nargs="?", help=groups_help)
    truth_help = "Parquet of simulate_cadences.py, where the settings have leave_out_kind"
    add("--truth", nargs="?", help=truth_help)
    add("--backbone-weights", nargs="?", help="pretrained backbone, in timm's format")
    add("--weights", required=True, help="safetensors to write: the detector after the last epoch")
    add("--history", required=True, help="TSV to write: loss, AUC, speed, ... of each epoch")
    add("--metrics", required=True, help="JSON to write: final AUC and loss, rows, device, time")
    add("--state", required=True, help="folder for the unfinished training; removed at the end")
    add("--threads", type=int, default=1, help="CPU threads, or processes that read for a GPU")
    return parser


def run_training(
    arguments: argparse.Namespace,
    settings: dict[str, Any],
    cadences: Cadences,
    training: Rows,
    validation: Rows,
    injected: pa.Table | None = None,
    initial_weights: str | None = None,
    unlabelled: Rows | None = None,
) -> None:
    """Train, or go on with what a kill interrupted, and write what `arguments` names.

    In each of several processes that train together; the first one writes.

    training         what is learnt from, but for what `learnt_from` leaves out
    injected         manifest of the injected cadences, where there are any among them
    initial_weights  a file of save_weights to start from, instead of from the backbone's
    unlabelled       rows of test, for the setting dann
    """
    fold = arguments.fold
    training = learnt_from(arguments, settings, cadences.ids, training, injected)
    if unlabelled is not None:
        unlabelled = learnt_from(arguments, settings, cadences.ids, unlabelled, None)
    threads = max(1, arguments.threads // count())
    device = prepare_device(threads)
    model = starting_model(settings, fold, initial_weights, arguments.backbone_weights).to(device)
    model = sharing_batch_statistics(model, device)
    fingerprint = {
        "settings": settings,
        "data": _digest(
            cadences.digest().encode(),
            *(
                part
                for rows in (training, validation, unlabelled)
                if rows is not None
                for part in (
                    repr(rows.collections.tolist()).encode(),
                    rows.places.tobytes(),
                    rows.labels.tobytes(),
                )
            ),
            *(
                file_digest(path).encode()
                for path in (initial_weights, arguments.backbone_weights)
                if path
            ),
        ),
        "code": code_digest(),
    }
    state = State(arguments.state, fingerprint)
    try:
        with explaining_lack_of_memory(settings):
            history = train(
                model,
                cadences,
                training,
                validation,
                settings,
                fold,
                state,
                threads,
                unlabelled,
                end_of_job(),
            )
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
        "training_rows": len(training),
        "validation_rows": len(validation),
        "device": device_name(device),
        "threads": arguments.threads,
        "seconds": sum(row["seconds"] for row in history),
        "state_seconds": state.seconds,
        "code": fingerprint["code"],
    }
    write_json(arguments.metrics, metrics)
    state.remove()  # last: a kill before this line costs no epoch


def learnt_from(
    arguments: argparse.Namespace,
    settings: dict[str, Any],
    ids: Ids,
    training: Rows,
    injected: pa.Table | None,
) -> Rows:
    """The training rows without what overlaps with the fold, and without the kind to leave out.

    ValueError: nothing is left.
    """
    count = len(training)
    if arguments.groups:
        folds, groups = read_table(arguments.folds), read_table(arguments.groups)
        training = apart_from_fold(ids, training, folds, arguments.fold, groups, injected)
        print(f"not learnt from, for they overlap with the fold: {count - len(training)} rows")
        count = len(training)
    if kind := settings["leave_out_kind"]:
        training = without_kind(ids, training, read_table(arguments.truth), kind)
        print(
            f"not learnt from, for their needle is of the kind {kind}: {count - len(training)} rows"
        )
    if not len(training):
        raise ValueError("no row is left to learn from: all overlap with the fold")
    return training


def starting_model(
    settings: dict[str, Any],
    fold: int | None,
    initial_weights: str | None,
    backbone_weights: str | None,
) -> Detector:
    """The detector before the first epoch: from an earlier run, a pretrained backbone, or random.

    Random weights are used only where settings say `pretrained: false`: ValueError otherwise.
    """
    torch.manual_seed(seed_of(settings["seed"], settings["stage"], fold, "weights"))
    if initial_weights:
        model = build_model(settings)
        load_weights(initial_weights, model)
        return model
    if settings["pretrained"] and not backbone_weights:
        raise ValueError(
            f"the settings ask for pretrained weights of {settings['backbone']}, but neither "
            "--backbone-weights nor --initial-weights is given; `pretrained: false` starts from "
            "random ones"
        )
    if backbone_weights and not settings["pretrained"]:
        raise ValueError("--backbone-weights is given, but the settings say `pretrained: false`")
    return build_model(settings, backbone_weights)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
