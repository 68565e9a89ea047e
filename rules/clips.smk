# Labelled 15-second training clips.
# Inputs: recording, probe, labels.  Outputs: results/clips/{game}/{part}/, clips.csv is the tracked door.


rule slice_clips:
    """Cut the labelled training clips of one part and list them in clips.csv."""
    input:
        video=video_of,
        probe="results/media/{game}/{part}.json",
        labels=labels_of,
        truth=truth_of,
    output:
        table="results/clips/{game}/{part}/clips.csv",
    log:
        "results/logs/slice_clips/{game}-{part}.log",
    benchmark:
        "results/benchmarks/slice_clips/{game}-{part}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 2
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        given=given(recording_of, labels_of),
        settings=settings("slice_clips"),
        code=code("slice_clips"),
        folder=subpath(output.table, parent=True),
    shell:
        "python -m slice_clips --game {wildcards.game} --part {wildcards.part}"
        " --video-path {input.video:q} --probe-path {input.probe:q} --labels-path {input.labels:q}"
        " --truth-path {input.truth:q} --clips-dir {params.folder:q} --threads {threads}"
        " --settings {params.settings:q} --log {log:q}"
