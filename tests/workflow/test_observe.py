"""Promises of the search of new sky: a bundle and a telescope's files in, ranked events and a page out."""

import csv
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from workflow_copy import REPOSITORY, Workflow

TABLE = "results/sky/simulated/observations/observations.tsv"
OBSERVED = ("observe", "--profile", "profiles/small", "--config", "bundle=results/sky/bundle")
OF_ONE_CADENCE = {
    "check_observation": 1,
    "cut_snippets": 1,
    "prepare_snippets": 2,  # flattened, and levelled for the search
    "search_snippets": 1,
    "predict_bundle": 1,
    "rank_events": 1,
    "show_events": 1,
}


def observing(table: str = TABLE, **settings) -> tuple[str, ...]:
    return (*OBSERVED, f"observations={table}", f"observe={json.dumps(settings)}")


@pytest.fixture(scope="module")
def searched(tmp_path_factory) -> Workflow:
    """Two simulated observations, after they were searched by an ensemble that has hardly learnt anything.

    Its stores are of float16. Those of the whole run in test_full_run.py are of bytes.
    """
    workflow = Workflow(tmp_path_factory.mktemp("searched"))
    shutil.copy(REPOSITORY / "config.sky.yaml", workflow.folder)
    tiny = {
        "simulate": {"counts": {"train": 40, "test": 8}},
        "data": {"shards": 1},
        "preprocess": {"stored_as": "float16"},
        "folds": {"count": 2, "method": "plain"},
        "defaults": {"epochs": 1, "image_size": [68, 64]},
        "ensemble": {"members": ["drift_search", "time_frequency"]},
    }
    sky = ("--configfile", "config.sky.yaml", workflow.overlay("tiny.yaml", tiny))
    workflow.run_well("bundle", TABLE, "--profile", "profiles/small", *sky)
    workflow.run_well(*observing())
    return workflow


def table(workflow: Workflow, name: str, *more: str) -> str:
    """The table of observations with more lines, in the same folder."""
    path = workflow.folder / TABLE
    text = path.read_text() + "".join(f"{line}\n" for line in more)
    path.with_name(name).write_text(text)
    return str(path.with_name(name).relative_to(workflow.folder))


def files(workflow: Workflow) -> list[str]:
    """Those of the observation with a needle, below the folder of the table."""
    rows = (line.split("\t") for line in (workflow.folder / TABLE).read_text().splitlines())
    return [file for cadence, file in rows if cadence == "needle"]


def needle(workflow: Workflow) -> dict[str, float]:
    with open((workflow.folder / TABLE).with_name("truth.tsv")) as file:
        (row,) = (
            row for row in csv.DictReader(file, delimiter="\t") if row["kind"] not in ("carrier",)
        )
    return {name: float(row[name]) for name in ("frequency", "drift_rate")}


def test_the_snippet_in_which_the_search_sees_most_is_that_of_the_needle(searched):
    record = pq.read_table(searched.folder / "results/observations/needle/snippets.parquet")
    rows = record.to_pylist()
    assert all(row["ok"] and 0 <= row["score"] <= 1 for row in rows)
    assert all(0 <= row["member.time_frequency"] <= 1 for row in rows)
    best = max(rows, key=lambda row: row["member.drift_search"])
    width = 256 * 0.00286102294921875
    assert best["lowest"] < needle(searched)["frequency"] < best["lowest"] + width


def test_hits_are_at_the_needles_frequency_and_drift_rate(searched):
    folder = searched.folder / "results/observations/needle"
    record = pq.read_table(folder / "snippets.parquet", columns=["id", "lowest"]).to_pylist()
    lowest = {row["id"]: row["lowest"] for row in record}
    truth, channel = needle(searched), 0.00286102294921875
    hits = pq.read_table(folder / "pointed/hits/0-of-1.parquet").to_pylist()
    found = [
        hit
        for hit in hits
        if abs(lowest[hit["id"]] - channel / 2 + hit["frequency"] / 1e6 - truth["frequency"])
        <= channel
    ]
    assert found
    assert min(abs(hit["drift_rate"] - truth["drift_rate"]) for hit in found) <= 6.6  # one step


def test_raw_snippets_and_stores_are_gone_and_tables_are_kept(searched):
    folder = searched.folder / "results/observations/needle"
    assert not [*folder.rglob("*.arrow")]
    for name in ("index.html", "events.csv", "events.parquet", "observation.json"):
        assert (folder / name).is_file(), name
    page = (folder / "index.html").read_text()
    for row in csv.DictReader((folder / "events.csv").open()):
        assert row["event"] in page
        assert [*(folder / "pictures").glob(f"{row['event']}.*.webp")]


def test_a_new_cadence_plans_its_own_jobs_alone(searched):
    assert searched.planned(*observing()) == {}
    more = table(searched, "more.tsv", *(f"later\t{file}" for file in files(searched)))
    assert searched.planned(*observing(more)) == OF_ONE_CADENCE | {"list_events": 1, "observe": 1}


def test_the_events_of_all_cadences_are_one_list(searched):
    folder = searched.folder / "results/observations"
    own = [pq.read_table(folder / name / "events.parquet") for name in ("needle", "rfi")]
    listed = pq.read_table(folder / "events.parquet")
    assert len(listed) == sum(map(len, own)) > 0
    assert listed["rank"].to_pylist() == [*range(1, len(listed) + 1)]
    scores = listed["score"].to_pylist()
    assert scores == sorted(scores, reverse=True)
    with (folder / "events.csv").open() as file:
        assert len([*csv.DictReader(file)]) == len(listed)


def test_cadences_that_are_cut_already_are_searched_each_by_its_name(searched):
    """The test side of the simulated sky, in the competition's layout, as a catalogue of its own."""
    paths = sorted((searched.folder / "results/sky/simulated/raw/test").rglob("*.npy"))
    lines = (f"night\t{path}" for path in paths)
    ready = searched.folder / "ready.tsv"
    ready.write_text("\n".join(["cadence\tfile", *lines]) + "\n")
    searched.run_well(*observing("ready.tsv", false_positive_rate=1, injected=3))
    folder = searched.folder / "results/observations/night"
    record = pq.read_table(folder / "snippets.parquet").to_pylist()
    assert [row["id"] for row in record] == sorted(path.stem for path in paths)
    events = pq.read_table(folder / "events.parquet").to_pylist()
    assert {row["snippet"] for row in events} == {path.stem for path in paths}
    for row in events:
        assert row["snippets"] == [row["snippet"]] and Path(row["file_1"]).stem == row["snippet"]
        assert 0 <= row["low"] <= row["high"] <= 1 and row["file_2"] is None
    page = (folder / "index.html").read_text()
    assert events[0]["event"] in page and 'href="recovery.png"' in page
    assert (folder / "recovery.png").is_file()


def test_of_a_longer_cadence_each_six_pointings_are_searched(searched):
    more = table(searched, "long.tsv", *(f"long\t{file}" for file in files(searched)))
    asked = observing(more, pattern="ABACADAE")
    jobs = searched.planned(*asked)
    assert jobs["check_observation"] == 3 * 2  # none of the three has eight files
    done = searched.run(*asked)
    assert done.returncode != 0
    assert "6 files; allowed: 8, as ABACADAE" in done.stdout
    clash = table(searched, "clash.tsv", *(f"needle.1\t{file}" for file in files(searched)))
    done = searched.run("--dry-run", *observing(clash, pattern="ABACADAE"))
    assert "needle.1 is a cadence and a part of needle; rename one of them" in done.stdout


def test_a_list_of_excluded_bands_changes_the_list_alone(searched):
    bands = searched.folder / "rfi.tsv"
    bands.write_text("low\thigh\twhy\n1\t100000\teverything\n")
    jobs = {"rank_events": 2, "show_events": 2, "list_events": 1, "observe": 1}
    asked = observing(excluded="rfi.tsv")
    assert searched.planned(*asked) == jobs
    searched.run_well(*asked)
    events = pq.read_table(searched.folder / "results/observations/needle/events.parquet")
    assert events["rank"].null_count == len(events)
    assert set(events["excluded"].to_pylist()) <= {"everything"}
    searched.run_well(*observing())


def test_off_panels_first_are_searched_and_scored_too(searched):
    jobs = searched.planned(*observing(calibrate_on="off"))
    twice = {"prepare_snippets", "search_snippets", "predict_bundle"}
    own = {name: (4 if name in twice else 2) * count for name, count in OF_ONE_CADENCE.items()}
    del own["check_observation"]
    assert jobs == own | {"list_events": 1, "observe": 1}


def test_needles_are_injected_and_searched_if_asked_for(searched):
    jobs = searched.planned(*observing(injected=5))
    twice = {"prepare_snippets", "search_snippets", "predict_bundle"}
    own = {name: (4 if name in twice else 2) * count for name, count in OF_ONE_CADENCE.items()}
    del own["check_observation"]
    new = dict.fromkeys(("inject_snippets", "report_observed", "draw_observed"), 2)
    assert jobs == own | new | {"list_events": 1, "observe": 1}


def test_a_report_of_needles_that_nobody_asked_for_is_refused(searched):
    asked = "results/observations/needle/recovery.png"
    done = searched.run("--dry-run", asked, *observing()[1:])
    assert done.returncode != 0
    assert "observe.injected is 0; allowed for this: 1 or more needles" in done.stdout


def test_shards_are_jobs_of_their_own_and_nothing_is_trained(searched):
    more = table(searched, "shards.tsv", *(f"wide\t{file}" for file in files(searched)))
    jobs = searched.planned(*observing(more, shards=4))
    assert jobs["cut_snippets"] == 3 * 4 and jobs["prepare_snippets"] == 3 * 4 * 2
    assert not {"train_fold", "simulate_cadences", "index_cadences"} & jobs.keys()


def test_bad_observations_are_refused_by_name_before_any_band_is_read(searched):
    first, *others = files(searched)
    folder = (searched.folder / TABLE).parent
    short = Path("needle/short.h5")
    (folder / short).write_bytes((folder / first).read_bytes()[:2000])
    more = table(searched, "bad.tsv", *(f"bad\t{file}" for file in (short, *others)))
    done = searched.run(*observing(more))
    assert done.returncode != 0
    assert "short.h5: no HDF5 file, or cut off" in done.stdout
    assert not (searched.folder / "results/observations/bad/observation.json").exists()
    assert not [*(searched.folder / "results/observations/bad").rglob("*.arrow")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("observations=gone.tsv",), "gone.tsv: there is no such table or folder"),
        (("bundle=results/gone",), "bundle: there is no folder results/gone; make a bundle by"),
        (("bundle=results/sky",), "bundle.json: cannot be read: this is no bundle"),
        (("observe={excluded: gone.tsv}",), "observe.excluded: there is no file gone.tsv"),
        (("observe={pattern: AABBCC}",), "observe.pattern: in AABBCC the target A is not in"),
        (("observe={stride: 300}",), "observe.stride"),
    ],
)
def test_a_mistake_in_the_config_is_told_before_anything_runs(searched, change, told):
    done = searched.run("--dry-run", *observing(), *change)
    assert done.returncode != 0 and told in done.stdout


def test_a_bundle_that_knows_the_background_is_refused(searched):
    folder = searched.folder / "results/known"
    shutil.copytree(searched.folder / "results/sky/bundle", folder)
    described = json.loads((folder / "bundle.json").read_text())
    (member,) = (one for one in described["members"] if one["name"] == "time_frequency")
    member["settings"]["channels"] = ["residual.on"]
    (folder / "bundle.json").write_text(json.dumps(described))
    done = searched.run("--dry-run", *observing(), "bundle=results/known")
    assert done.returncode != 0
    assert "time_frequency of its members see residual" in done.stdout
    assert "a transmitter in the sky would be subtracted" in done.stdout


def test_a_bundle_that_has_seen_other_pointings_is_refused(searched):
    folder = searched.folder / "results/other"
    shutil.copytree(searched.folder / "results/sky/bundle", folder)
    described = json.loads((folder / "bundle.json").read_text())
    described["cadences"]["pointings"] = "ABABAB"
    (folder / "bundle.json").write_text(json.dumps(described))
    done = searched.run("--dry-run", *observing(), "bundle=results/other")
    assert done.returncode != 0
    assert "have seen cadences of pointings ABABAB; allowed: ABACAD" in done.stdout


@pytest.mark.parametrize(
    ("time_bins", "told"),
    [(130, '"time_bins": 130'), (16, "data.shape.time_bins"), (None, "not as a bundle is written")],
)
def test_without_a_shape_of_its_own_a_search_has_that_of_the_bundle(searched, time_bins, told):
    folder = searched.folder / f"results/shaped{time_bins}"
    shutil.copytree(searched.folder / "results/sky/bundle", folder)
    described = json.loads((folder / "bundle.json").read_text())
    described["cadences"]["time_bins"] = time_bins
    if time_bins is None:
        del described["cadences"]["time_bins"]
    (folder / "bundle.json").write_text(json.dumps(described))
    settings = (*observing(), f"bundle={folder.relative_to(searched.folder)}", "run={name: shaped}")
    done = searched.run("--dry-run", "--printshellcmds", *settings)
    assert (done.returncode == 0) == (time_bins == 130) and told in done.stdout
    assert "another data.shape" not in done.stdout


def test_panels_of_another_shape_are_cut_and_searched_and_the_bundle_says_so(searched):
    """Half as fine in time and in frequency, and half as wide, as the bundle has learnt from."""
    shape = {"time_bins": 130, "frequency_bins": 128}
    shape |= {"time_bin": 2 * 1.073741824, "frequency_bin": 2 * 2861.02294921875}
    settings = (f"data={json.dumps({'shape': shape})}", 'run={"name": "coarse"}')
    stdout = searched.run_well(*observing(false_positive_rate=1.0, shown=3), *settings)
    assert "have seen cadences of another data.shape: time_bins 130 instead of 273" in stdout
    folder = searched.folder / "results/coarse/observations/needle"
    record = pq.read_table(folder / "snippets.parquet").to_pylist()
    assert len(record) == 2 * 8 * 1024 // 256 // 2 and all(row["ok"] for row in record)
    assert all(0 <= row["member.time_frequency"] <= 1 for row in record)
    lowest, channel = {row["id"]: row["lowest"] for row in record}, 2 * 0.00286102294921875
    truth, hits = needle(searched), pq.read_table(folder / "pointed/hits/0-of-1.parquet")
    off = [
        (
            abs(lowest[hit["id"]] - channel / 2 + hit["frequency"] / 1e6 - truth["frequency"]),
            abs(hit["drift_rate"] - truth["drift_rate"]),
        )
        for hit in hits.to_pylist()
    ]
    assert min(drift for place, drift in off if place <= channel) <= 6.6  # a step of the search
    cadence = json.loads((folder / "observation.json").read_text())["shape"]
    assert cadence == shape
    assert '"bins": 128' in (folder / "index.html").read_text()


def test_a_damaged_bundle_is_refused_before_the_first_job(searched):
    folder = searched.folder / "results/damaged"
    shutil.copytree(searched.folder / "results/sky/bundle", folder)
    weights = next(folder.rglob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-1])
    done = searched.run(*observing(), "bundle=results/damaged", "--forceall")
    assert done.returncode != 0
    assert f"{weights.name}: not the file that was packed" in done.stdout


def test_nothing_to_observe_is_told_so(workflow):
    done = workflow.run("--dry-run", "observe", "--configfile", "config.demo.yaml")
    assert done.returncode != 0
    assert "name the observations: --config observations=observations.tsv" in done.stdout
