"""An experiment may see cadences in both views, and learn from needles that are made while it is trained."""

import json

from workflow_copy import REPOSITORY, Workflow

BOTH_VIEWS = {
    "channels": ["flattened.on", "flattened.off"],
    "view": "both",
    "drift": {"largest": 40, "step": 10},
    "flip": {"time": 0},
    "mixup": None,
    "injected_on_the_fly": {"count": 12, "kinds": ["straight", "dot"]},
}
OTHERS = ("b3_pretrained", "b3_sharpened", "b5_old_positives")
CONFIG = {
    "experiments": dict.fromkeys(OTHERS) | {"both_views": BOTH_VIEWS},
    "ensemble": {"members": ["both_views"]},
    "pseudo_labels": {"rounds": 0},
    "folds": {"method": "plain", "count": 2},
}
RUN = "results/demo/runs/both_views/round0"
SCORE = "results/demo/scores/both_views/round0.json"


def test_both_views_and_needles_on_the_fly_are_settings_of_an_experiment(workflow: Workflow):
    def arguments(**changed) -> list[str]:
        own = workflow.overlay("own.yaml", CONFIG | changed)
        return [SCORE, "--configfile", "config.demo.yaml", tiny, own]

    tiny = str(REPOSITORY / "tests/workflow/config.tiny.yaml")
    workflow.run_well(*arguments(), "--profile", "profiles/small")
    settings = json.loads((workflow.folder / RUN / "settings.json").read_text())
    assert settings["injected_on_the_fly"] == {"count": 12, "kinds": ["straight", "dot"]}
    assert settings["inject"]["highest"] == 20
    assert (
        "epoch=1"
        in (
            workflow.folder / "results/demo/logs/train_fold/both_views/round0/fold0.log"
        ).read_text()
    )
    assert 0 <= json.loads((workflow.folder / SCORE).read_text())["auc"] <= 1
    assert workflow.planned(*arguments()) == {}
    fainter = workflow.planned(*arguments(inject={"snr": 15}))
    assert fainter["train_fold"] == 2 and "inject_needles" not in fainter
