"""The figures, as PNG and SVG: each is drawn from tables by a rule, and has its caption in the report."""

from abacad.plan.figures import FigureInputs

figure_inputs = FigureInputs(plan)


rule draw_cadence:
    input:
        script=script("draw_cadence"),
        library=library("draw_cadence"),
        out_of_fold="<results>/ensemble/out_of_fold.parquet",
        manifest="<results>/manifests/train.parquet",
        stores=figure_inputs.cadence_stores(),
    output:
        png=report(
            "<results>/report/cadence.png",
            caption="../report/cadence.rst",
            category="Data",
            labels={"figure": "one cadence in every store"},
        ),
        svg="<results>/report/cadence.svg",
    log:
        "<results>/logs/draw_cadence.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    params:
        shape=plan.shape.as_json(),
    message:
        "Drawing a cadence in every store"
    shell:
        "python {input.script:q} --shape {params.shape:q}"
        " --out-of-fold {input.out_of_fold:q} --manifest {input.manifest:q} --stores {input.stores:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_overlaps:
    input:
        script=script("draw_overlaps"),
        library=library("draw_overlaps"),
        groups="<results>/overlaps/groups.parquet",
        leaks="<results>/report/leaks.tsv",
    output:
        png=report(
            "<results>/report/leaks.png",
            caption="../report/leaks.rst",
            category="Data",
            labels={"figure": "overlap groups, and what plain folds leak"},
        ),
        svg="<results>/report/leaks.svg",
    log:
        "<results>/logs/draw_overlaps.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    message:
        "Drawing what overlaps would leak"
    shell:
        "python {input.script:q}"
        " --groups {input.groups:q} --leaks {input.leaks:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_domain_shift:
    input:
        script=script("draw_domain_shift"),
        library=library("draw_domain_shift"),
        table="<results>/report/domain_shift.tsv",
    output:
        png=report(
            "<results>/report/domain_shift.png",
            caption="../report/domain_shift.rst",
            category="Data",
            labels={"figure": "domain shift of each store"},
        ),
        svg="<results>/report/domain_shift.svg",
    log:
        "<results>/logs/draw_domain_shift.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    message:
        "Drawing the domain shift"
    shell:
        "python {input.script:q}"
        " --table {input.table:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_learning_curves:
    input:
        script=script("draw_learning_curves"),
        library=library("draw_learning_curves"),
        histories=figure_inputs.histories(),
    output:
        png=report(
            "<results>/report/history.png",
            caption="../report/history.rst",
            category="Training",
            labels={"figure": "learning curves"},
        ),
        svg="<results>/report/history.svg",
    log:
        "<results>/logs/draw_learning_curves.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    params:
        histories=figure_inputs.histories_by_stage(),
    message:
        "Drawing the learning curves"
    shell:
        "python {input.script:q}"
        " {params.histories}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_pseudo_labels:
    input:
        script=script("draw_pseudo_labels"),
        library=library("draw_pseudo_labels"),
        labels=figure_inputs.pseudo_labels(),
        truth=plan.truth(),
    output:
        png=report(
            "<results>/report/pseudo_labels.png",
            caption="../report/pseudo_labels.rst",
            category="Training",
            labels={"figure": "pseudo-labels of each round"},
        ),
        svg="<results>/report/pseudo_labels.svg",
    log:
        "<results>/logs/draw_pseudo_labels.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    params:
        rounds=figure_inputs.pseudo_labels_by_round(),
    message:
        "Drawing what pseudo-labels added"
    shell:
        "python {input.script:q}"
        " {params.rounds} --truth {input.truth:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_curves:
    input:
        script=script("draw_curves"),
        library=library("draw_curves"),
        folds="<results>/folds.parquet",
        out_of_fold="<results>/ensemble/out_of_fold.parquet",
        predictions=figure_inputs.predictions(),
    output:
        png=report(
            "<results>/report/roc.png",
            caption="../report/roc.rst",
            category="Scores",
            labels={"figure": "ROC and precision-recall"},
        ),
        svg="<results>/report/roc.svg",
    log:
        "<results>/logs/draw_curves.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    params:
        predictions=figure_inputs.predictions_by_experiment(),
        method=config["ensemble"]["method"],
    message:
        "Drawing ROC and precision-recall curves"
    shell:
        "python {input.script:q}"
        " --folds {input.folds:q} --out-of-fold {input.out_of_fold:q} --method {params.method}"
        " {params.predictions} --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_rounds:
    input:
        script=script("draw_rounds"),
        library=library("draw_rounds"),
        scores="<results>/scores.tsv",
    output:
        png=report(
            "<results>/report/rounds.png",
            caption="../report/rounds.rst",
            category="Scores",
            labels={"figure": "out of fold against test"},
        ),
        svg="<results>/report/rounds.svg",
    log:
        "<results>/logs/draw_rounds.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    params:
        public=figure_inputs.public_scores(),
    message:
        "Drawing out of fold against test"
    shell:
        "python {input.script:q}"
        " --scores {input.scores:q} --public-scores {params.public:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_probabilities:
    input:
        script=script("draw_probabilities"),
        library=library("draw_probabilities"),
        out_of_fold="<results>/ensemble/out_of_fold.parquet",
        test="<results>/ensemble/test.parquet",
        truth=plan.truth(),
    output:
        distributions=report(
            "<results>/report/distributions.png",
            caption="../report/distributions.rst",
            category="Scores",
            labels={"figure": "distribution of scores"},
        ),
        distributions_svg="<results>/report/distributions.svg",
        calibration=report(
            "<results>/report/calibration.png",
            caption="../report/calibration.rst",
            category="Scores",
            labels={"figure": "calibration"},
        ),
        calibration_svg="<results>/report/calibration.svg",
    log:
        "<results>/logs/draw_probabilities.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    message:
        "Drawing what the ensemble says"
    shell:
        "python {input.script:q}"
        " --out-of-fold {input.out_of_fold:q} --test {input.test:q} --truth {input.truth:q}"
        " --distributions-png {output.distributions:q} --distributions-svg {output.distributions_svg:q}"
        " --calibration-png {output.calibration:q} --calibration-svg {output.calibration_svg:q} > {log:q} 2>&1"


rule draw_members:
    input:
        script=script("draw_members"),
        library=library("draw_members"),
        correlations="<results>/ensemble/correlations.tsv",
    output:
        png=report(
            "<results>/report/members.png",
            caption="../report/members.rst",
            category="Scores",
            labels={"figure": "correlation of the members"},
        ),
        svg="<results>/report/members.svg",
    log:
        "<results>/logs/draw_members.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    message:
        "Drawing how alike the members are"
    shell:
        "python {input.script:q}"
        " --correlations {input.correlations:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_recovery:
    input:
        script=script("draw_recovery"),
        library=library("draw_recovery"),
        table="<results>/report/recovery.tsv",
    output:
        png=report(
            "<results>/report/recovery.png",
            caption="../report/recovery.rst",
            category="Needles found",
            labels={"figure": "by SNR, drift and kind"},
        ),
        svg="<results>/report/recovery.svg",
    log:
        "<results>/logs/draw_recovery.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    message:
        "Drawing which needles are found"
    shell:
        "python {input.script:q}"
        " --table {input.table:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


use rule draw_recovery as draw_completeness with:
    input:
        script=script("draw_recovery"),
        library=library("draw_recovery"),
        table="<results>/report/completeness.tsv",
    output:
        png=report(
            "<results>/report/completeness.png",
            caption="../report/completeness.rst",
            category="Needles found",
            labels={"figure": "in the noise of the test side"},
        ),
        svg="<results>/report/completeness.svg",
    log:
        "<results>/logs/draw_completeness.log",
    localrule: True
    message:
        "Drawing which needles are found in the noise of the test side"


rule draw_grad_cam:
    input:
        script=script("draw_grad_cam"),
        library=library("draw_grad_cam"),
        examples="<results>/explain/examples.parquet",
        maps="<results>/explain/grad_cam.parquet",
        out_of_fold="<results>/ensemble/out_of_fold.parquet",
        stores=figure_inputs.explained_stores(),
    output:
        png=report(
            "<results>/report/grad_cam.png",
            caption="../report/grad_cam.rst",
            category="What detectors see",
            labels={"figure": "Grad-CAM"},
        ),
        svg="<results>/report/grad_cam.svg",
    log:
        "<results>/logs/draw_grad_cam.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    params:
        shape=plan.shape.as_json(),
    message:
        "Drawing what the detectors look at"
    shell:
        "python {input.script:q} --shape {params.shape:q}"
        " --examples {input.examples:q} --maps {input.maps:q} --out-of-fold {input.out_of_fold:q}"
        " --stores {input.stores:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_embeddings:
    input:
        script=script("draw_embeddings"),
        library=library("draw_embeddings"),
        embeddings=figure_inputs.embeddings(),
        predictions=figure_inputs.embedded_predictions(),
        folds="<results>/folds.parquet",
        truth=plan.truth(),
    output:
        png=report(
            "<results>/report/embeddings.png",
            caption="../report/embeddings.rst",
            category="What detectors see",
            labels={"figure": "principal components of embeddings"},
        ),
        svg="<results>/report/embeddings.svg",
    log:
        "<results>/logs/draw_embeddings.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    params:
        title=figure_inputs.embedded_title(),
    message:
        "Drawing embeddings"
    shell:
        "python {input.script:q}"
        " --embeddings {input.embeddings:q} --predictions {input.predictions:q} --folds {input.folds:q}"
        " --truth {input.truth:q} --title {params.title:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"


rule draw_ablations:
    input:
        script=script("draw_ablations"),
        library=library("draw_ablations"),
        table="<results>/ablations.tsv",
    output:
        png=report(
            "<results>/report/ablations.png",
            caption="../report/ablations.rst",
            category="Ablations",
            labels={"figure": "what each switch changes"},
        ),
        svg="<results>/report/ablations.svg",
    log:
        "<results>/logs/draw_ablations.log",
    localrule: True
    conda:
        "../envs/figures.yaml"
    message:
        "Drawing what each switch changes"
    shell:
        "python {input.script:q}"
        " --table {input.table:q}"
        " --png {output.png:q} --svg {output.svg:q} > {log:q} 2>&1"
