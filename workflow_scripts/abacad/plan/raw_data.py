"""The plan and the raw folder in, what the folder lacks for the plan out, in words."""

from collections.abc import Iterator
from pathlib import Path

from abacad.cadences.freshness import changed_files
from abacad.cadences.layout import COLLECTIONS, OLD_COLLECTIONS
from abacad.plan.runs import Plan


def check_raw_data(plan: Plan) -> None:
    """ValueError: the raw folder does not exist, or lacks something that the runs of the plan need."""
    if not plan.simulated and not Path(plan.root).is_dir():
        tables = "\n".join(
            f"  {plan.root}/{c.folder}/<first character of id>/<id>.npy, listed in {plan.root}/{c.table}"
            for c in COLLECTIONS.values()
        )
        raise ValueError(
            f"data.root: there is no folder {plan.root}. The raw cadences must lie there as the "
            f"competition ships them:\n{tables}\n"
            "Download and unpack them from https://www.kaggle.com/c/seti-breakthrough-listen/data and "
            "name the folder in config.yaml.\n"
            "Without data, `make demo` runs everything on simulated cadences."
        )
    if mistakes := [*_lacking(plan)]:
        raise ValueError("\n".join(mistakes))


def _lacking(plan: Plan) -> Iterator[str]:
    counts = count_cadences(plan)
    lacking = [name for name in plan.collections() if counts[name] is None]
    for collection in lacking:
        if collection not in OLD_COLLECTIONS:
            yield f"data.root: there is no table {plan.raw_table(collection)}"
    asked_by = plan.old_collections()
    if old := [collection for collection in lacking if collection in OLD_COLLECTIONS]:
        keys = sorted({key for collection in old for key in asked_by[collection]})
        places = [plan.raw_table(collection) for collection in old]
        where = "simulate.counts has none" if plan.simulated else f"no {' and no '.join(places)}"
        yield (
            f"there is no old data ({where}), but these keys ask for it: {', '.join(keys)}. Without "
            "old data, write `pretrain: null` and `old_positives: []` in each of these experiments"
        )
    if not plan.simulated:
        for name in [*plan.models, *plan.left_out, *plan.ablations]:
            if kind := plan.experiment(name)["leave_out_kind"]:
                yield (
                    f"experiments.{name}: leave_out_kind {kind}: the kinds of needles are known of "
                    "simulated cadences alone, where data.root is results/simulated/raw"
                )
    select = plan.config["pseudo_labels"]["select"]
    if select != "all" and plan.final_round > 0:
        wanted = select["top"] + select["bottom"]
        if counts["test"] is not None and not 0 < wanted <= counts["test"]:
            yield (
                f"pseudo_labels.select: top {select['top']} and bottom {select['bottom']} are {wanted} "
                f"rows; there are {counts['test']} in test, and at least one is needed"
            )


def changed_since_indexed(plan: Plan) -> Iterator[str]:
    """A line for each indexed collection whose raw files have changed since."""
    for collection in plan.collections():
        listed = Path(plan.manifest(collection)).with_suffix(".files.tsv")
        if listed.exists() and (changed := changed_files(listed)):
            yield (
                f"{len(changed):,} raw files of {collection} have changed since they were indexed, as "
                f"{changed[0]}: --forcerun index_cadences makes everything anew that depends on them"
            )


def count_cadences(plan: Plan) -> dict[str, int | None]:
    """How many cadences each raw collection has, according to its table. None: there is no table."""
    if plan.simulated:
        return {name: count or None for name, count in plan.config["simulate"]["counts"].items()}
    return {name: _count_rows(Path(plan.raw_table(name))) for name in COLLECTIONS}


def _count_rows(table: Path) -> int | None:
    """Number of rows of a CSV table below its header. index_cadences checks what they hold."""
    if not table.is_file():
        return None
    with open(table, "rb") as file:
        return max(0, sum(1 for line in file if line.strip()) - 1)
