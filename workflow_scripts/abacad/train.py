"""The training loop: a model, its rows and its settings in, the trained model and a history out."""

import math
import sys
import time
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from abacad.augment import augment, mix
from abacad.batches import Cadences, in_order, load_batches, shuffled
from abacad.device import autocast, peak_memory_mb, precision
from abacad.model import Detector
from abacad.predict import predict
from abacad.rows import Rows
from abacad.seeds import seed_of
from abacad.state import State
from abacad.views import compose

HISTORY_COLUMNS = (
    "epoch",  # from 0
    "loss",  # mean over the epoch's training rows, as augmented and mixed
    "auc",  # of the validation rows, plain and without averaging over flips
    "learning_rate",  # at the epoch's end
    "images_per_second",  # in training
    "peak_memory_mb",  # so far
    "seconds",  # of the epoch, validation included
)

# In a terminal the bar moves at once; in a log it adds a line only to epochs that last.
PROGRESS = (
    {"leave": False} if sys.stderr.isatty() else {"leave": False, "delay": 30, "mininterval": 30}
)


def train(
    model: Detector,
    cadences: Cadences,
    training: Rows,
    validation: Rows,
    settings: dict[str, Any],
    fold: int | None,
    state: State,
    threads: int,
) -> list[dict[str, Any]]:
    """Train `model` in place, on the device it is on, and return its history, a row an epoch.

    Goes on from `state` where it holds anything, and saves to it after every epoch. All chance
    comes from (seed, stage, fold, epoch): on a CPU, a training that was interrupted ends with the
    same bits as one that was not.

    The model after the last epoch is the result. The best epoch on the validation rows would be
    chosen by their labels, and their out-of-fold predictions would be too good.

    FloatingPointError: the loss is not finite.
    """
    device = next(model.parameters()).device
    dtype = precision(device, settings["amp"])
    model.to(memory_format=torch.channels_last)  # a step takes 0.55-0.7 of the time, on a CPU too
    optimizer = torch.optim.Adam(
        model.parameters(),
        settings["learning_rate"],
        weight_decay=settings["weight_decay"],
        fused=True,
    )
    scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)
    history: list[dict[str, Any]] = []
    if saved := state.load():
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scaler.load_state_dict(saved["scaler"])
        history = saved["history"]
        print(f"resuming after epoch {history[-1]['epoch']}", flush=True)

    for epoch in range(len(history), settings["epochs"]):
        started = time.perf_counter()
        seed = seed_of(settings["seed"], settings["stage"], fold, epoch)
        torch.manual_seed(seed)  # dropout, drop path
        random = np.random.default_rng(seed)  # order, augmentation
        mixup = settings["mixup"]
        if mixup and epoch >= mixup["stop_epoch"]:
            mixup = None
        order = shuffled(len(training), settings["batch_size"], random)
        batches = load_batches(cadences, training, order, device, threads)
        loss_sum = 0.0
        model.train()
        for step, (panels, labels) in enumerate(tqdm(batches, f"epoch {epoch}", **PROGRESS)):
            learning_rate = cosine(epoch + step / len(order), settings)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            panels, labels = (
                panels.to(device, non_blocking=True),
                labels.to(device, non_blocking=True),
            )
            images = compose(augment(panels, settings, random), settings["image_size"])
            if mixup:
                images, labels = mix(images, labels, random, mixup["alpha"], mixup["label"])
            with autocast(device, dtype):
                logits = model(images.contiguous(memory_format=torch.channels_last))
            loss = functional.binary_cross_entropy_with_logits(logits.float(), labels)
            if not math.isfinite(loss.item()):
                raise FloatingPointError(
                    f"epoch {epoch}, step {step}: the loss is {loss.item()}; lower learning_rate, "
                    "or set amp to false"
                )
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
            loss_sum += loss.item() * len(labels)
        trained = time.perf_counter()

        order = in_order(len(validation), settings["batch_size"])
        batches = load_batches(cadences, validation, order, device, threads)
        probabilities = predict(model, batches, settings["image_size"], 1, settings["amp"])
        history.append(
            {
                "epoch": epoch,
                "loss": loss_sum / len(training),
                "auc": roc_auc(validation.labels, probabilities),
                "learning_rate": learning_rate,
                "images_per_second": len(training) / (trained - started),
                "peak_memory_mb": peak_memory_mb(device),
                "seconds": time.perf_counter() - started,
            }
        )
        state.save(
            {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "scaler": scaler.state_dict(),
                "history": history,
            }
        )
        print(
            " ".join(f"{name}={_short(value)}" for name, value in history[-1].items()), flush=True
        )
    return history


def cosine(epochs_done: float, settings: dict[str, Any]) -> float:
    """The learning rate after `epochs_done`, which may be a fraction: half a cosine.

    Source: Loshchilov and Hutter 2017, SGDR, arXiv:1608.03983, without restarts.
    """
    first, last = settings["learning_rate"], settings["final_learning_rate"]
    return last + (first - last) * (1 + math.cos(math.pi * epochs_done / settings["epochs"])) / 2


def roc_auc(labels: np.ndarray, scores: np.ndarray) -> float | None:
    """Area under the ROC curve, ties counted half; None where `labels` (0/1) are all the same.

    The Mann-Whitney statistic. By hand because importing scikit-learn takes 2 s, and every fold
    of every round is a process of its own.
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
