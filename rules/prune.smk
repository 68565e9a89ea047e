# Room on the disk: caches of finished games, which no reel needs until a setting changes.
# `snakemake prunable` lists them, `snakemake prune` removes them. Inputs: the reels, so that they are up to date first.


rule prunable:
    """List what prune would remove, with its size."""
    input:
        reels=finished_reels,
    log:
        "results/logs/prunable.log",
    benchmark:
        "results/benchmarks/prunable.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(60),
    params:
        games=prunable_games,
        code=code("prunable"),
    shell:
        "python -m prunable --games {params.games:q} --results-dir results --log {log:q}"


rule prune:
    """Remove sound, features, cues and sliced clips of finished games that no model learns from."""
    input:
        reels=finished_reels,
    log:
        "results/logs/prune.log",
    benchmark:
        "results/benchmarks/prune.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(60),
    params:
        games=prunable_games,
        code=code("prune"),
    shell:
        "python -m prune --games {params.games:q} --results-dir results --log {log:q}"
