# Training, and the one portable file that scoring uses.
# Inputs: features and training clips of train and valid games.  Outputs: results/models/{model}/.


rule train_model:
    """Train a model; resumes after a kill. Test games are never among its inputs."""
    input:
        features=training_features,
        clips=training_clips,
        weights=training_weights,
    output:
        best="results/models/{model}/best.safetensors",
        last="results/models/{model}/last.safetensors",
        epochs=directory("results/models/{model}/epochs"),
        metrics="results/models/{model}/metrics.csv",
        curves=report(
            "results/models/{model}/curves.svg",
            category="Training",
            labels={"model": "{model}", "shows": "curves"},
        ),
    log:
        "results/logs/train_model/{model}.log",
    benchmark:
        "results/benchmarks/train_model/{model}.jsonl"
    wildcard_constraints:
        model=one_of(models_of("clip_classifier")),
    conda:
        "../envs/torch.yaml"
    threads: 2
    resources:
        mem_mb=growing(6000),
        runtime=1440,
        gpu=1,
    params:
        given=given(training_weights),
        gpus=gpus,
        settings=settings(
            "train_model",
            splits=training_splits,
            feature_set=training_feature_set,
        ),
        code=code("train_model"),
        folder=subpath(output.best, parent=True),
    shell:
        "python -m matchreel.device_lease {params.gpus}"
        " python -m train_model --model-name {wildcards.model} --code {params.code}"
        " --features-paths {input.features:q} --clips-paths {input.clips:q}"
        " --weights-path {input.weights:q}"
        " --best-path {output.best:q} --last-path {output.last:q} --epochs-dir {output.epochs:q}"
        " --metrics-path {output.metrics:q} --curves-path {output.curves:q}"
        " --resume-path {params.folder:q}/resume.pt --tensorboard-dir {params.folder:q}/tensorboard"
        " --threads {threads} --gpu {params.gpus} --settings {params.settings:q} --log {log:q}"


rule train_spotter:
    """Train a spotter; resumes after a kill. Test games are never among its inputs."""
    input:
        features=training_features,
        labels=labels_of_features,
        truths=truths_of_training,
        videos=training_videos,
        probes=training_probes,
        weights=training_weights,
    output:
        best="results/models/{model}/best.safetensors",
        last="results/models/{model}/last.safetensors",
        epochs=directory("results/models/{model}/epochs"),
        metrics="results/models/{model}/metrics.csv",
        curves=report(
            "results/models/{model}/curves.svg",
            category="Training",
            labels={"model": "{model}", "shows": "curves"},
        ),
    log:
        "results/logs/train_spotter/{model}.log",
    benchmark:
        "results/benchmarks/train_spotter/{model}.jsonl"
    wildcard_constraints:
        model=one_of(models_of("spotter")),
    conda:
        "../envs/torch.yaml"
    threads: 2
    resources:
        mem_mb=growing(6000),
        runtime=1440,
        gpu=1,
    params:
        given=given(labels_of_features, training_recordings, training_weights),
        gpus=gpus,
        settings=settings(
            "train_spotter",
            splits=training_splits,
            feature_set=training_feature_set,
        ),
        code=code("train_spotter"),
        folder=subpath(output.best, parent=True),
    shell:
        "python -m matchreel.device_lease {params.gpus}"
        " python -m train_spotter --model-name {wildcards.model} --code {params.code}"
        " --features-paths {input.features:q} --labels-paths {input.labels:q}"
        " --truth-paths {input.truths:q} --video-paths {input.videos:q}"
        " --probe-paths {input.probes:q} --weights-path {input.weights:q}"
        " --model-dir {params.folder:q}"
        " --threads {threads} --gpu {params.gpus} --settings {params.settings:q} --log {log:q}"


rule pack_model:
    """The chosen checkpoint, or one trained elsewhere, as one portable file."""
    input:
        checkpoint=chosen_checkpoint,
    output:
        model="results/models/{model}/model.safetensors",
    log:
        "results/logs/pack_model/{model}.log",
    benchmark:
        "results/benchmarks/pack_model/{model}.jsonl"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        given=given(chosen_files),
        choice=lambda wildcards: model_of(wildcards)["checkpoint"],
        code=code("pack_model"),
    shell:
        "python -m pack_model --checkpoint-path {input.checkpoint:q}"
        " --checkpoint {params.choice:q} --model-name {wildcards.model}"
        " --model-path {output.model:q} --log {log:q}"
