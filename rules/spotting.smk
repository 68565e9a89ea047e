# From features to raw scores to moments.
# Outputs: results/scores/{scorer}/{game}/{part}.npz, results/moments/{scorer}/{game}.json.


rule score_windows:
    """A trained model's logits for every window of one part."""
    input:
        features=scored_features,
        model="results/models/{model}/model.safetensors",
    output:
        scores="results/scores/{model}/{game}/{part}.npz",
    log:
        "results/logs/score_windows/{model}/{game}-{part}.log",
    benchmark:
        "results/benchmarks/score_windows/{model}/{game}-{part}.jsonl"
    wildcard_constraints:
        model=one_of(models_of("clip_classifier")),
    conda:
        "../envs/torch.yaml"
    threads: 2
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
        gpu=0,
    params:
        gpus=gpus,
        settings=settings("score_windows", window_seconds=scored_window),
        code=code("score_windows"),
    shell:
        "python -m matchreel.device_lease {params.gpus}"
        " python -m score_windows --features-path {input.features:q}"
        " --model-path {input.model:q} --scores-path {output.scores:q} --threads {threads}"
        " --gpu {params.gpus} --settings {params.settings:q} --log {log:q}"


rule score_spotter:
    """A spotter's logits for every grid step of one part."""
    input:
        features=scored_features,
        model="results/models/{model}/model.safetensors",
    output:
        scores="results/scores/{model}/{game}/{part}.npz",
    log:
        "results/logs/score_spotter/{model}/{game}-{part}.log",
    benchmark:
        "results/benchmarks/score_spotter/{model}/{game}-{part}.jsonl"
    wildcard_constraints:
        model=one_of(models_of("spotter")),
    conda:
        "../envs/torch.yaml"
    threads: 2
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
        gpu=0,
    params:
        gpus=gpus,
        settings=settings("score_spotter"),
        code=code("score_spotter"),
    shell:
        "python -m matchreel.device_lease {params.gpus}"
        " python -m score_spotter --features-path {input.features:q}"
        " --model-path {input.model:q} --scores-path {output.scores:q} --threads {threads}"
        " --gpu {params.gpus} --settings {params.settings:q} --log {log:q}"


rule score_excitement:
    """Scores without training: ranks of loudness, breaks in wide play and the grass edge."""
    input:
        cues="results/features/cues/{game}/{part}.safetensors",
    output:
        scores="results/scores/excitement/{game}/{part}.npz",
    log:
        "results/logs/score_excitement/{game}-{part}.log",
    benchmark:
        "results/benchmarks/score_excitement/{game}-{part}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        settings=settings("score_excitement"),
        code=code("score_excitement"),
    shell:
        "python -m score_excitement --cues-path {input.cues:q}"
        " --scores-path {output.scores:q} --settings {params.settings:q} --log {log:q}"


rule score_random:
    """Random windows of the same length, for comparison."""
    input:
        probe="results/media/{game}/{part}.json",
    output:
        scores="results/scores/random/{game}/{part}.npz",
    log:
        "results/logs/score_random/{game}-{part}.log",
    benchmark:
        "results/benchmarks/score_random/{game}-{part}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        settings=settings("score_random"),
        code=code("score_random"),
    shell:
        "python -m score_random --game {wildcards.game} --part {wildcards.part}"
        " --probe-path {input.probe:q} --scores-path {output.scores:q}"
        " --settings {params.settings:q} --log {log:q}"


rule find_moments:
    """All the moments of one game that its reel may be made of, the best first."""
    input:
        scores=lambda wildcards: of_parts(
            "results/scores/{scorer}/{game}/{part}.npz",
            game_of(wildcards),
            scorer=wildcards.scorer,
        ),
        probes=lambda wildcards: of_parts(
            "results/media/{game}/{part}.json", game_of(wildcards)
        ),
        cues=lambda wildcards: of_parts(
            "results/features/cues/{game}/{part}.safetensors", game_of(wildcards)
        ),
        bursts=lambda wildcards: of_parts(
            "results/features/bursts/{game}/{part}.safetensors", game_of(wildcards)
        ),
        scoreboards=scoreboards_of,
    output:
        moments="results/moments/{scorer}/{game}.json",
    log:
        "results/logs/find_moments/{scorer}/{game}.log",
    benchmark:
        "results/benchmarks/find_moments/{scorer}/{game}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        settings=settings("find_moments"),
        code=code("find_moments"),
    shell:
        "python -m find_moments --game {wildcards.game}"
        " --scores-paths {input.scores:q} --probe-paths {input.probes:q} --cues-paths {input.cues:q}"
        " --scoreboard-paths {input.scoreboards:q} --bursts-paths {input.bursts:q}"
        " --moments-path {output.moments:q}"
        " --settings {params.settings:q} --log {log:q}"
