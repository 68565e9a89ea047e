# The reel and its page, by the scorer that config names for the game's source.
# Inputs: edit list, recordings, scores.  Outputs: results/highlights/{game}/.


rule find_cuts:
    """Camera cuts around the ends of one part's moments, and its replays where wipes bracket them."""
    input:
        moments="results/moments/{scorer}/{game}.json",
        video=video_of,
        probe="results/media/{game}/{part}.json",
    output:
        cuts="results/cuts/{scorer}/{game}/{part}.json",
    log:
        "results/logs/find_cuts/{scorer}/{game}-{part}.log",
    benchmark:
        "results/benchmarks/find_cuts/{scorer}/{game}-{part}.jsonl"
    conda:
        "../envs/torch.yaml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
        gpu=0,
    params:
        settings=settings("find_cuts"),
        code=code("find_cuts"),
    shell:
        "python -m find_cuts --moments-path {input.moments:q} --video-path {input.video:q}"
        " --probe-path {input.probe:q} --cuts-path {output.cuts:q} --threads {threads}"
        " --gpu {resources.gpu} --settings {params.settings:q} --log {log:q}"


rule cut_highlights:
    """Cut the highlight clips, join the reel, and write tables and page; every cut is verified."""
    input:
        plan=lambda wildcards: f"results/plans/{scorer_of(game_of(wildcards))}/{wildcards.game}.json",
        videos=lambda wildcards: list(game_of(wildcards).parts.values()),
        probes=lambda wildcards: of_parts(
            "results/media/{game}/{part}.json", game_of(wildcards)
        ),
        scores=lambda wildcards: of_parts(
            "results/scores/{scorer}/{game}/{part}.npz",
            game_of(wildcards),
            scorer=scorer_of(game_of(wildcards)),
        ),
        kickoffs=missing_kickoffs,
    output:
        folder=report(
            directory("results/highlights/{game}"),
            htmlindex="index.html",
            category="Highlights",
            labels={"game": "{game}"},
        ),
    log:
        "results/logs/cut_highlights/{game}.log",
    benchmark:
        "results/benchmarks/cut_highlights/{game}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        settings=settings("cut_highlights", facts=game_facts),
        code=code("cut_highlights"),
    shell:
        "python -m cut_highlights --plan-path {input.plan:q}"
        " --video-paths {input.videos:q} --probe-paths {input.probes:q} --scores-paths {input.scores:q}"
        " --kickoff-paths {input.kickoffs:q}"
        " --out-dir {output.folder:q} --threads {threads} --settings {params.settings:q} --log {log:q}"
