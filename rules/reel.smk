# From moments to the edit list, the reel and its page.
# Inputs: moments, recordings, scores, scoreboards; config/edits/{game}.json where a person edited the reel.
# Outputs: results/plans/{scorer}/{game}.json; results/highlights/{game}/ by the scorer that config names for the game's
# source.


rule select_highlights:
    """The edit list of one game: which moments fit the reel, from when to when, in which order."""
    input:
        moments="results/moments/{scorer}/{game}.json",
        probes=lambda wildcards: of_parts(
            "results/media/{game}/{part}.json", game_of(wildcards)
        ),
        kickoffs=missing_kickoffs,
        scoreboards=scoreboards_of,
        cuts=lambda wildcards: of_parts(
            "results/cuts/{scorer}/{game}/{part}.json",
            game_of(wildcards),
            scorer=wildcards.scorer,
        ),
        damage=lambda wildcards: of_parts(
            "results/media/{game}/{part}.damage.json", game_of(wildcards)
        ),
        edits=edits_of,
    output:
        plan="results/plans/{scorer}/{game}.json",
    log:
        "results/logs/select_highlights/{scorer}/{game}.log",
    benchmark:
        "results/benchmarks/select_highlights/{scorer}/{game}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        given=given(edits_of),
        settings=settings(
            "select_highlights",
            kickoff_seconds=lambda wildcards: dict(game_of(wildcards).kickoff_seconds),
        ),
        code=code("select_highlights"),
    shell:
        "python -m select_highlights --moments-path {input.moments:q}"
        " --probe-paths {input.probes:q} --kickoff-paths {input.kickoffs:q}"
        " --scoreboard-paths {input.scoreboards:q}"
        " --cuts-paths {input.cuts:q} --damage-paths {input.damage:q}"
        " --edits-path {input.edits:q} --plan-path {output.plan:q}"
        " --settings {params.settings:q} --log {log:q}"


rule find_cuts:
    """Camera cuts around the ends of the moments that may fit the reel, and replays where wipes bracket them."""
    input:
        moments="results/moments/{scorer}/{game}.json",
        video=video_of,
        probe="results/media/{game}/{part}.json",
        bursts="results/features/bursts/{game}/{part}.safetensors",
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
        mem_mb=growing(2000),
        runtime=growing(60),
        gpu=0,
    params:
        given=given(recording_of),
        gpus=gpus,
        settings=settings("find_cuts", search_seconds=search_seconds),
        code=code("find_cuts"),
    shell:
        "python -m matchreel.device_lease {params.gpus}"
        " python -m find_cuts --moments-path {input.moments:q} --video-path {input.video:q}"
        " --probe-path {input.probe:q} --bursts-path {input.bursts:q}"
        " --cuts-path {output.cuts:q} --threads {threads} --gpu {params.gpus} --settings {params.settings:q} --log {log:q}"


rule cut_highlights:
    """Cut the highlight clips, join the reel, and write tables and page; every cut is verified."""
    input:
        plan=lambda wildcards: f"results/plans/{scorer_of(game_of(wildcards))}/{wildcards.game}.json",
        videos=whole("results/highlights/{game}", videos_of),
        probes=lambda wildcards: of_parts(
            "results/media/{game}/{part}.json", game_of(wildcards)
        ),
        scores=lambda wildcards: of_parts(
            "results/scores/{scorer}/{game}/{part}.npz",
            game_of(wildcards),
            scorer=scorer_of(game_of(wildcards)),
        ),
        kickoffs=missing_kickoffs,
        scoreboards=scoreboards_of,
    output:
        folder=report(
            directory("results/highlights/{game}"),
            htmlindex="index.html",
            category="Highlights",
            labels={"game": "{game}", "shows": "reel and review"},
        ),
    log:
        "results/logs/cut_highlights/{game}.log",
    benchmark:
        "results/benchmarks/cut_highlights/{game}.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 2
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        given=given(recordings_of),
        settings=settings("cut_highlights", facts=game_facts),
        code=code("cut_highlights"),
    shell:
        "python -m cut_highlights --plan-path {input.plan:q}"
        " --video-paths {input.videos:q} --probe-paths {input.probes:q} --scores-paths {input.scores:q}"
        " --kickoff-paths {input.kickoffs:q} --scoreboard-paths {input.scoreboards:q}"
        " --out-dir {output.folder:q} --threads {threads} --settings {params.settings:q} --log {log:q}"
