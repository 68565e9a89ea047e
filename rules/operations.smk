# What finished runs took.
# Inputs: the benchmark records in results/benchmarks/.  Outputs: results/operations/index.html.


rule operations:
    """Time and memory of every step that has run in this folder."""
    output:
        page=report(
            "results/operations/index.html",
            category="Operations",
            labels={"shows": "time and memory"},
        ),
    log:
        "results/logs/operations.log",
    benchmark:
        "results/benchmarks/operations.jsonl"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        records=benchmarks_digest,
        settings=settings("operations"),
        code=code("operations"),
    shell:
        "python -m operations --benchmarks-dir results/benchmarks --page-path {output.page:q}"
        " --settings {params.settings:q} --log {log:q}"
