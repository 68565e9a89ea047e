# Where recordings and labels come from.
# Outputs: resources/games/{game}/... for the games that the workflow owns; local games are the user's.


rule render_game:
    """Render one synthetic broadcast of the demo league, with its labels and its truth."""
    output:
        video="resources/games/{game}/1_224p.mkv",
        labels="resources/games/{game}/Labels-v2.json",
        truth="resources/games/{game}/truth.json",
    log:
        "results/logs/render_game/{game}.log",
    benchmark:
        "results/benchmarks/render_game/{game}.jsonl"
    wildcard_constraints:
        game=one_of(games_from("demo")),
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    params:
        settings=settings("render_game"),
        code=code("render_game"),
    shell:
        "python -m render_game --game {wildcards.game} --video-path {output.video:q}"
        " --labels-path {output.labels:q} --truth-path {output.truth:q} --threads {threads}"
        " --settings {params.settings:q} --log {log:q}"


rule download_labels:
    """Fetch one SoccerNet game's labels."""
    output:
        labels="resources/games/{game}/Labels-v2.json",
    log:
        "results/logs/download_labels/{game}.log",
    benchmark:
        "results/benchmarks/download_labels/{game}.jsonl"
    wildcard_constraints:
        game=one_of(games_from("soccernet")),
    conda:
        "../envs/download.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
        downloads=1,
    params:
        soccernet_path=lambda wildcards: game_of(wildcards).soccernet_path,
        settings=untracked(
            settings(
                "download_labels",
                soccernet_path=lambda wildcards: game_of(wildcards).soccernet_path,
            )
        ),
    shell:
        "python -m download_labels --labels-path {output.labels:q}"
        " --settings {params.settings:q} --log {log:q}"


rule download_game:
    """Fetch one part of one SoccerNet game, verified; partial files never pass."""
    output:
        video=f"resources/games/{{game}}/{{part}}_{CONFIG['download']['resolution']}.mkv",
    log:
        "results/logs/download_game/{game}-{part}.log",
    benchmark:
        "results/benchmarks/download_game/{game}-{part}.jsonl"
    wildcard_constraints:
        game=one_of(games_from("soccernet")),
    conda:
        "../envs/download.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(240),
        downloads=1,
    params:
        soccernet_path=lambda wildcards: game_of(wildcards).soccernet_path,
        settings=untracked(
            settings(
                "download_game",
                soccernet_path=lambda wildcards: game_of(wildcards).soccernet_path,
            )
        ),
    shell:
        "python -m download_game --part {wildcards.part} --video-path {output.video:q}"
        " --settings {params.settings:q} --log {log:q}"
