# What a recording is, and its sound on the video's clock.
# Inputs: resources/games/{game}/...  Outputs: results/recordings/ (parts in several files), results/media/ (probes, damage of
# sound), results/audio/.


rule join_pieces:
    """One file of a part that was given in several, packet by packet; nothing is encoded again."""
    input:
        pieces=pieces_of,
    output:
        video="results/recordings/{game}/{part}.{container}",
    log:
        "results/logs/join_pieces/{game}-{part}.{container}.log",
    benchmark:
        "results/benchmarks/join_pieces/{game}-{part}.{container}.jsonl"
    wildcard_constraints:
        container="mp4|mov|mkv",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        given=given(pieces_of),
        code=code("join_pieces"),
    shell:
        "python -m join_pieces --game {wildcards.game} --part {wildcards.part}"
        " --piece-paths {input.pieces:q} --video-path {output.video:q} --log {log:q}"


rule probe_media:
    """Duration, rational rates, start times, streams and problems of one part."""
    input:
        video=video_of,
    output:
        probe="results/media/{game}/{part}.json",
    log:
        "results/logs/probe_media/{game}-{part}.log",
    benchmark:
        "results/benchmarks/probe_media/{game}-{part}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        given=given(recording_of),
        code=code("probe_media"),
    shell:
        "python -m probe_media --game {wildcards.game} --part {wildcards.part}"
        " --video-path {input.video:q} --probe-path {output.probe:q} --log {log:q}"


rule extract_audio:
    """16-bit PCM at one declared rate, on the video's clock."""
    input:
        video=video_of,
        probe="results/media/{game}/{part}.json",
    output:
        wav="results/audio/{game}/{part}.wav",
        damage="results/media/{game}/{part}.damage.json",
    log:
        "results/logs/extract_audio/{game}-{part}.log",
    benchmark:
        "results/benchmarks/extract_audio/{game}-{part}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        given=given(recording_of),
        settings=settings("extract_audio"),
        code=code("extract_audio"),
    shell:
        "python -m extract_audio --video-path {input.video:q} --probe-path {input.probe:q}"
        " --wav-path {output.wav:q} --damage-path {output.damage:q} --threads {threads} --settings {params.settings:q} --log {log:q}"
