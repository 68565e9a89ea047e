# How good a scorer is, beside the untrained one and random windows on the same labelled games; what it finds, for
# SoccerNet's servers; and whether the labels that a model learns from lie where they should.
# Outputs: results/evaluation/{scorer}/, results/predictions/{scorer}.zip,
# results/evaluation/label_offsets/{model}.csv, results/ablation/.


rule evaluate:
    """Detection, highlights, reels and calibration against labels, with a per-game bootstrap."""
    input:
        scores=evaluated_scores,
        probes=lambda wildcards: of_games(
            "results/media/{game}/{part}.json", evaluated_games(wildcards.scorer)
        ),
        labels=evaluated_labels,
        clips=lambda wildcards: of_games(
            "results/clips/{game}/{part}/clips.csv", evaluated_games(wildcards.scorer)
        ),
    output:
        metrics="results/evaluation/{scorer}/metrics.json",
        table=report(
            "results/evaluation/{scorer}/table.csv",
            category="Evaluation",
            labels={"scorer": "{scorer}", "shows": "table"},
        ),
        plot=report(
            "results/evaluation/{scorer}/plot.svg",
            category="Evaluation",
            labels={"scorer": "{scorer}", "shows": "plot"},
        ),
        page=report(
            "results/evaluation/{scorer}/index.html",
            category="Evaluation",
            labels={"scorer": "{scorer}", "shows": "page"},
        ),
        resamples="results/evaluation/{scorer}/resamples.npz",
    log:
        "results/logs/evaluate/{scorer}.log",
    benchmark:
        "results/benchmarks/evaluate/{scorer}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        given=given(evaluated_labels),
        settings=settings("evaluate", scorers=evaluated_scorers, games=evaluated_parts),
        code=code("evaluate"),
    shell:
        "python -m evaluate --scores-paths {input.scores:q}"
        " --probe-paths {input.probes:q} --labels-paths {input.labels:q} --clips-paths {input.clips:q}"
        " --metrics-path {output.metrics:q} --table-path {output.table:q} --plot-path {output.plot:q}"
        " --page-path {output.page:q} --resamples-path {output.resamples:q}"
        " --settings {params.settings:q} --log {log:q}"


rule check_labels:
    """Which training games' labels look shifted against sound and picture; a report, it changes no label."""
    input:
        cues=lambda wildcards: of_games(
            "results/features/cues/{game}/{part}.safetensors", checked_games(wildcards)
        ),
        labels=checked_labels,
    output:
        table=report(
            "results/evaluation/label_offsets/{model}.csv",
            category="Evaluation",
            labels={"scorer": "{model}", "shows": "label offsets"},
        ),
    log:
        "results/logs/check_labels/{model}.log",
    benchmark:
        "results/benchmarks/check_labels/{model}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(30),
    params:
        given=given(checked_labels),
        settings=settings("check_labels"),
        code=code("check_labels"),
    shell:
        "python -m check_labels --cues-paths {input.cues:q} --labels-paths {input.labels:q}"
        " --table-path {output.table:q} --settings {params.settings:q} --log {log:q}"


rule export_spotting:
    """What a scorer finds, for SoccerNet's challenge servers: every game's results_spotting.json in one zip."""
    input:
        scores=lambda wildcards: of_games(
            "results/scores/{scorer}/{game}/{part}.npz",
            exported_games(wildcards.scorer),
            scorer=wildcards.scorer,
        ),
    output:
        zip="results/predictions/{scorer}.zip",
    log:
        "results/logs/export_spotting/{scorer}.log",
    benchmark:
        "results/benchmarks/export_spotting/{scorer}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings("export_spotting", games=exported_parts),
        code=code("export_spotting"),
    shell:
        "python -m export_spotting --scores-paths {input.scores:q} --zip-path {output.zip:q}"
        " --settings {params.settings:q} --log {log:q}"


rule ablation:
    """What each choice is worth: rendered leagues, each a workflow of its own with every variant in it."""
    input:
        variants=trackable(VARIANTS_PATH),
        games=trackable(GAMES_PATH),
        weights=ablation_weights,
    output:
        table=report(
            "results/ablation/table.csv",
            category="Ablation",
            labels={"shows": "table"},
        ),
        page=report(
            "results/ablation/index.html",
            category="Ablation",
            labels={"shows": "page"},
        ),
    log:
        "results/logs/ablation.log",
    benchmark:
        "results/benchmarks/ablation.jsonl"
    conda:
        "../envs/workflow.yaml"
    threads: 2
    resources:
        mem_mb=growing(6000),
        runtime=1440,
        gpu=1,
    params:
        rules=rules_digest(*RULE_FILES),
        variants=untracked(lambda wildcards: str(VARIANTS_PATH)),
        games=untracked(lambda wildcards: str(GAMES_PATH)),
        given=given(ablation_files),
        settings=settings("ablation", config=ablation_config),
        # Its leagues run every step of the whole workflow: an edit of any, or of a rule, may change the table.
        code=[code(step) for step in sorted({*STEP_SETTINGS} - {"prunable", "prune"})],
    shell:
        "python -m ablation --variants-path {params.variants:q} --games-path {params.games:q}"
        " --weights-paths {input.weights:q} --out-dir results/ablation --table-path {output.table:q}"
        " --page-path {output.page:q} --threads {threads} --settings {params.settings:q} --log {log:q}"
