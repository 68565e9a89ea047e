# What scorers see: log-mel and frame features, or the cues of the untrained scorer; bursts of change; the scoreboard.
# Inputs: recording, sound, probe.  Outputs: results/features/{feature_set}/{game}/{part}.safetensors, feature_set also
# being cues, bursts and strips; results/features/score_bug and scoreboard/{game}/{part}.json.


rule download_weights:
    """Fetch a torchvision backbone's ImageNet weights, checked against the checksum in their name."""
    output:
        weights="resources/weights/{backbone}.pth",
    log:
        "results/logs/download_weights/{backbone}.log",
    benchmark:
        "results/benchmarks/download_weights/{backbone}.jsonl"
    wildcard_constraints:
        backbone="[a-z0-9_]+",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
        downloads=1,
    params:
        settings=settings("download_weights"),
        code=code("download_weights"),
    shell:
        "python -m download_weights --backbone {wildcards.backbone}"
        " --weights-path {output.weights:q} --settings {params.settings:q} --log {log:q}"


rule cache_tensors:
    """Log-mel in dB and fp16 frame features of one part on one frame grid, one shard."""
    input:
        video=video_of,
        wav="results/audio/{game}/{part}.wav",
        probe="results/media/{game}/{part}.json",
        weights=weights_of,
    output:
        features="results/features/{feature_set}/{game}/{part}.safetensors",
    log:
        "results/logs/cache_tensors/{feature_set}/{game}-{part}.log",
    benchmark:
        "results/benchmarks/cache_tensors/{feature_set}/{game}-{part}.jsonl"
    conda:
        "../envs/torch.yaml"
    threads: 2
    resources:
        mem_mb=growing(3000),
        runtime=growing(180),
        gpu=0,
    params:
        given=given(recording_of, pretrained_of),
        gpus=gpus,
        settings=settings("cache_tensors"),
        code=code("cache_tensors"),
    shell:
        "python -m matchreel.device_lease {params.gpus}"
        " python -m cache_tensors --video-path {input.video:q} --wav-path {input.wav:q}"
        " --probe-path {input.probe:q} --weights-path {input.weights:q}"
        " --features-path {output.features:q} --threads {threads} --gpu {params.gpus}"
        " --settings {params.settings:q} --log {log:q}"


rule find_score_bug:
    """Where one part's score bug is, by the text in about forty of its pictures."""
    input:
        video=video_of,
        probe="results/media/{game}/{part}.json",
    output:
        bug="results/features/score_bug/{game}/{part}.json",
    log:
        "results/logs/find_score_bug/{game}-{part}.log",
    benchmark:
        "results/benchmarks/find_score_bug/{game}-{part}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    params:
        given=given(recording_of),
        settings=settings("find_score_bug"),
        code=code("find_score_bug"),
    shell:
        "python -m find_score_bug --video-path {input.video:q} --probe-path {input.probe:q}"
        " --score-bug-path {output.bug:q} --threads {threads} --settings {params.settings:q} --log {log:q}"


rule cache_cues:
    """Loudness, cuts, wide views and grass edge of one part, its bursts of change, and strips of its score bug."""
    input:
        video=video_of,
        wav="results/audio/{game}/{part}.wav",
        probe="results/media/{game}/{part}.json",
        bug=score_bug_of,
    output:
        cues="results/features/cues/{game}/{part}.safetensors",
        bursts="results/features/bursts/{game}/{part}.safetensors",
        strips="results/features/strips/{game}/{part}.safetensors",
    log:
        "results/logs/cache_cues/{game}-{part}.log",
    benchmark:
        "results/benchmarks/cache_cues/{game}-{part}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 2
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        given=given(recording_of),
        settings=settings("cache_cues"),
        code=code("cache_cues"),
    shell:
        "python -m cache_cues --video-path {input.video:q} --wav-path {input.wav:q}"
        " --probe-path {input.probe:q} --cues-path {output.cues:q} --bursts-path {output.bursts:q}"
        " --score-bug-path {input.bug:q} --strips-path {output.strips:q}"
        " --threads {threads} --settings {params.settings:q} --log {log:q}"


rule read_scoreboard:
    """Match clock, score and teams of one part, read from the strips of its score bug."""
    input:
        strips="results/features/strips/{game}/{part}.safetensors",
    output:
        scoreboard="results/features/scoreboard/{game}/{part}.json",
    log:
        "results/logs/read_scoreboard/{game}-{part}.log",
    benchmark:
        "results/benchmarks/read_scoreboard/{game}-{part}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    params:
        settings=settings("read_scoreboard"),
        code=code("read_scoreboard"),
    shell:
        "python -m read_scoreboard --strips-path {input.strips:q} --scoreboard-path {output.scoreboard:q}"
        " --settings {params.settings:q} --log {log:q}"


rule find_kickoff:
    """When play starts in one part, for match minutes where games.tsv does not say."""
    input:
        cues="results/features/cues/{game}/{part}.safetensors",
    output:
        kickoff="results/media/{game}/{part}.kickoff.json",
    log:
        "results/logs/find_kickoff/{game}-{part}.log",
    benchmark:
        "results/benchmarks/find_kickoff/{game}-{part}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        settings=settings("find_kickoff"),
        code=code("find_kickoff"),
    shell:
        "python -m find_kickoff --cues-path {input.cues:q} --kickoff-path {output.kickoff:q}"
        " --settings {params.settings:q} --log {log:q}"
