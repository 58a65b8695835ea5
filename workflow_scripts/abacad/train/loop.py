"""The training loop: a model, its rows and its run in, the trained model and a history out."""

import math
import time
from collections.abc import Iterator
from itertools import repeat
from typing import Any

import numpy as np
import torch

from abacad.devices.data_parallel import count, joined, rank, total
from abacad.devices.device import peak_memory_mb
from abacad.devices.progress import Progress
from abacad.images.augment import augment
from abacad.images.batches import PanelReader, TrainingData, drawn, in_order, load_batches, shuffled
from abacad.images.composition import Images, compose
from abacad.images.mixing import mix, pairs
from abacad.images.panel_batch import PanelBatch, generators
from abacad.images.selection import Rows
from abacad.model.losses import loss_of
from abacad.model.shot import centroid_labels
from abacad.seeds import seed_of
from abacad.settings import Optimization, Run
from abacad.train.checkpoint import State
from abacad.train.learner import Learner
from abacad.train.on_the_fly import made_rows
from abacad.train.predict import embed, predict
from abacad.train.time_limit import end_of_job, seconds_for_epoch

HISTORY_COLUMNS = (
    "epoch",  # from 0
    "loss",  # mean over the epoch's training rows, as augmented and mixed
    "validation_loss",  # mean over the validation rows, plain; empty after an epoch without validation
    "auc",  # of the validation rows, without averaging over flips; empty as above
    "learning_rate",  # at the epoch's end
    "images_per_second",  # in training
    "peak_memory_mb",  # so far
    "seconds",  # of the epoch, validation included
)

CHECKED_EVERY = 50  # steps; to look at the loss, one has to wait for the device
LEAST_PROBABILITY = 1e-7  # what a model says, and 1 less that: float32 knows none closer to 1


class OutOfTime(Exception):
    """The job's time is nearly over. What was learnt is saved, and the same command picks it up."""


def train(learner: Learner, data: TrainingData, state: State, threads: int) -> list[dict[str, Any]]:
    """Train the learner's model on its device. Returns its history, one row for each epoch.

    Continues from `state` if it holds anything, and saves to it after every epoch. All random numbers
    depend on (seed, stage, fold, epoch), and those of a row on its number. So on a CPU, an interrupted
    training ends with the same bits as one that was not interrupted. Several processes see the same batches
    as one, but each draws its own dropout.

    The model after the last epoch is the result. Choosing the epoch that is best on the validation rows
    would use their labels, and would make their out-of-fold predictions too good.

    FloatingPointError: the loss is not finite. OutOfTime: SLURM might end the job during the next epoch.
    """
    run, device, ends_at = learner.run, learner.device, end_of_job()
    epochs, validated = run.optimization.epochs, validated_epochs(run.optimization)
    history: list[dict[str, Any]] = []
    if saved := state.load():
        learner.load_state_dict(saved["learner"])
        history = saved["history"]
        print(f"resuming after epoch {history[-1]['epoch']}", flush=True)

    title = f"Training {run.experiment}, {run.stage}, fold {learner.fold}"
    sampling = run.selection.negatives_per_positive, np.random.default_rng(0)
    made = run.selection.injected_on_the_fly
    each = len(drawn(data.training.labels, *sampling)) + (made.count if made else 0)
    left = each * (epochs - len(history))
    with Progress(title, left, "cadences", bar=rank() == 0) as progress:
        for epoch in range(len(history), epochs):
            unseen = len(data.validation) if epoch == validated[0] else 0
            needed = seconds_for_epoch(history, unseen)
            too_late = ends_at is not None and time.time() + needed > ends_at
            if total(too_late, device):
                raise OutOfTime(f"stopped before epoch {epoch}, which might outlast the job")
            started = time.perf_counter()
            loss_sum, learnt = train_epoch(learner, data, epoch, threads, progress)
            trained = time.perf_counter()
            scores = {"validation_loss": None, "auc": None}
            if epoch in validated:
                scores = validate(learner, data, threads)
            history.append(
                {
                    "epoch": epoch,
                    "loss": total(loss_sum, device) / learnt,
                    **scores,
                    "learning_rate": learner.learning_rate,
                    "images_per_second": learnt / (trained - started),
                    "peak_memory_mb": peak_memory_mb(device),
                    "seconds": time.perf_counter() - started,
                }
            )
            if rank() == 0:
                state.save({"learner": learner.state_dict(), "history": history})
            values = (f"{name}={_short(value)}" for name, value in history[-1].items())
            print(" ".join(values), flush=True)
    if learner.result is not learner.model:
        learner.model.load_state_dict(learner.result.state_dict())
    return history


def validated_epochs(optimization: Optimization) -> list[int]:
    """The epochs after which the model is validated: those that `validate_every` says, and the last one."""
    every = optimization.validate_every or optimization.epochs
    return sorted({*range(every - 1, optimization.epochs, every), optimization.epochs - 1})


def validate(learner: Learner, data: TrainingData, threads: int) -> dict[str, float | None]:
    """Of the validation rows, plain and without averaging over flips: the loss of their labels, and the AUC.

    The loss is the mean over batches, as in training, of the term that the setting `loss` names. The AUC is
    None where all are of one class.
    """
    run, rows = learner.run, data.validation
    order = in_order(len(rows), run.optimization.batch_size)
    own = order[rank() :: count()]
    batches = load_batches(data.reader, rows, own, learner.device, threads)
    predictions = np.zeros(len(rows), np.float32)
    if own:
        predictions[np.concatenate(own)] = predict(learner.result, batches, run, flips=1)
    predictions = joined(predictions, learner.device)
    logits = torch.from_numpy(predictions).logit(eps=LEAST_PROBABILITY)
    labels = torch.from_numpy(rows.labels)
    loss_sum = sum(
        loss_of(logits[batch], labels[batch], run.loss_terms.loss).item() * len(batch)
        for batch in order
    )
    return {"validation_loss": loss_sum / len(rows), "auc": roc_auc(rows.labels, predictions)}


def train_epoch(
    learner: Learner,
    data: TrainingData,
    epoch: int,
    threads: int,
    progress: Progress,
) -> tuple[float, int]:
    """Learn once from each row of the epoch: the training rows, perhaps under-sampled, and the made ones.

    Of several processes, each prepares its own part of every batch. Returns the summed loss of this part,
    and the number of all rows. ValueError: a batch has too few rows for all processes.
    """
    run, device, batch_size = learner.run, learner.device, learner.run.optimization.batch_size
    reader, training = data.reader, data.training
    seed = learner.seed_of(epoch)
    torch.manual_seed(seed + rank())  # dropout, drop path
    random = np.random.default_rng(seed)  # which rows, and their order
    if run.loss_terms.shot:
        order = in_order(len(training), batch_size)
        batches = load_batches(reader, training, order, device, threads)
        labels = centroid_labels(*embed(learner.model, batches, run))
        training = Rows(training.collections, training.places, labels)
    chosen = drawn(training.labels, run.selection.negatives_per_positive, random)
    made, first_made = None, len(training)
    if options := run.selection.injected_on_the_fly:
        shape = run.composition.shape
        made = made_rows(options, run.inject, shape, training, data.backgrounds, random)
        training += made.rows
        chosen = np.concatenate([chosen, np.arange(first_made, len(training))])
    order = shuffled(chosen, batch_size, random)
    reading = run.composition.channels, device, threads
    batches = own_batches(reader, training, order, seed, *reading)
    others = repeat((None, None))
    if run.loss_terms.dann:
        drawn_others = [random.integers(len(data.unlabelled), size=len(rows)) for rows in order]
        others = own_batches(reader, data.unlabelled, drawn_others, seed_of(seed, "test"), *reading)
    loss_sum = torch.zeros((), device=device, dtype=torch.float64)
    learner.start_epoch(epoch)
    for step, ((rows, batch), (_, other)) in enumerate(zip(batches, others, strict=False)):
        epochs_done = epoch + step / len(order)
        if made is not None and (rows >= first_made).any():
            at = np.flatnonzero(rows >= first_made)
            made.make(batch, at, rows[at] - first_made)
        images, labels = prepared(batch, run)
        images, labels = mix(images, labels, batch.generators, run.mixing, run.composition, epoch)
        test_images = None if other is None else prepared(other, run)[0]
        whole = len(order[step])
        loss_sum += learner.step(images, labels, test_images, whole, epochs_done)
        if (step + 1) % CHECKED_EVERY == 0 or step + 1 == len(order):
            check_finite(loss_sum.item(), epoch, step)
        progress.advance(whole)
    return loss_sum.item(), len(chosen)


def own_batches(
    reader: PanelReader,
    rows: Rows,
    order: list[np.ndarray],
    seed: int,
    channels: tuple[str, ...],
    device: torch.device,
    threads: int,
) -> Iterator[tuple[np.ndarray, PanelBatch]]:
    """Of each batch the part of this process: the numbers of its rows, and these rows on the device.

    order  the row numbers of each batch
    seed   of the generators of the rows
    ValueError: a batch has too few rows for all processes.
    """
    own = [own_part(numbers) for numbers in order]
    batches = load_batches(reader, rows, own, device, threads)
    for numbers, (panels, labels) in zip(own, batches, strict=True):
        yield numbers, PanelBatch(panels, labels, channels, generators(seed, numbers))


def own_part(numbers: np.ndarray) -> np.ndarray:
    """The rows of a batch that this process prepares: whole pairs, which are mixed with each other.

    ValueError: there are fewer pairs than processes.
    """
    both = pairs(len(numbers))
    if len(both) < count():
        raise ValueError(
            f"gpus: {count()} of them cannot share a batch of {len(numbers)} rows; allowed: at least two "
            "rows for each"
        )
    own = both[len(both) * rank() // count() : len(both) * (rank() + 1) // count()]
    return numbers[np.concatenate(own)]


def check_finite(loss_sum: float, epoch: int, step: int) -> None:
    """FloatingPointError: the sum of an epoch's losses up to a step is not finite."""
    if not math.isfinite(loss_sum):
        raise FloatingPointError(
            f"epoch {epoch}, up to step {step}: the loss is {loss_sum}; lower learning_rate, or set amp to "
            "false or bfloat16"
        )


def prepared(batch: PanelBatch, run: Run) -> tuple[Images, torch.Tensor]:
    """A batch augmented and composed: an image of each view, and labels."""
    batch = augment(batch, run.augmentation)
    return compose(batch.panels, run.composition), batch.labels


def roc_auc(labels: np.ndarray, scores: np.ndarray) -> float | None:
    """Area under the ROC curve, with ties counted half. None if `labels` (0/1) are all the same.

    This is the Mann-Whitney statistic. It is computed here because importing scikit-learn takes 2 s,
    and every fold of every round is a process of its own.
    """
    positive = labels == 1
    pairs = int(positive.sum()) * int((~positive).sum())
    if pairs == 0:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]  # from 1, the mean of tied ones
    least = positive.sum() * (positive.sum() + 1) / 2  # rank sum if all positives came first
    return float((ranks[positive].sum() - least) / pairs)


def _short(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
