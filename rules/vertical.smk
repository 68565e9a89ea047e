# The upright reel (9:16) beside the wide one, by the scorer that config names for the game's source.
# Inputs: edit list, recordings, scoreboards.  Outputs: results/vertical/{game}/.


rule cut_vertical:
    """Crop the highlights to 9:16 so that they follow play, and join them."""
    input:
        plan=lambda wildcards: f"results/plans/{scorer_of(game_of(wildcards))}/{wildcards.game}.json",
        videos=whole("results/vertical/{game}", videos_of),
        probes=lambda wildcards: of_parts(
            "results/media/{game}/{part}.json", game_of(wildcards)
        ),
        kickoffs=kickoffs_for_read,
        scoreboards=scoreboards_of,
    output:
        folder=report(
            directory("results/vertical/{game}"),
            patterns=["{name}_vertical.mp4"],
            category="Highlights",
            labels={"game": "{game}", "shows": "upright reel"},
        ),
    log:
        "results/logs/cut_vertical/{game}.log",
    benchmark:
        "results/benchmarks/cut_vertical/{game}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 2
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        given=given(recordings_of),
        settings=settings("cut_vertical", facts=clock_facts),
        code=code("cut_vertical"),
    shell:
        "python -m cut_vertical --plan-path {input.plan:q}"
        " --video-paths {input.videos:q} --probe-paths {input.probes:q}"
        " --kickoff-paths {input.kickoffs:q} --scoreboard-paths {input.scoreboards:q}"
        " --out-dir {output.folder:q} --threads {threads} --settings {params.settings:q} --log {log:q}"
