# matchreel: from a recording of a soccer match to a highlight reel.
#
#   snakemake --cores 8 results/highlights/<game>
#
# A plain `snakemake --cores 8` makes the reels of all local games; it never downloads or trains.
from snakemake.utils import min_version

min_version("9.27")


# Beside this file, also where another workflow uses it as a module.
configfile: f"{workflow.current_basedir}/config/config.yaml"


include: "rules/common.smk"
include: "rules/inputs.smk"
include: "rules/given.smk"
include: "rules/training_inputs.smk"
include: "rules/evaluation_inputs.smk"
include: "rules/run.smk"


# `rule all` stands here, not in an included file: only then it is the default target.
rule all:
    input:
        reels_of_local_games,


include: "rules/games.smk"
include: "rules/media.smk"
include: "rules/clips.smk"
include: "rules/features.smk"
include: "rules/training.smk"
include: "rules/spotting.smk"
include: "rules/reel.smk"
include: "rules/vertical.smk"
include: "rules/evaluation.smk"
include: "rules/prune.smk"
include: "rules/operations.smk"


escape_env_files(workflow)


localrules:
    all,
    prunable,
    prune,


say_notes_at_end(workflow)


onstart:
    # What is missing is said before hours are spent, and what is about to be fetched.
    start_run(workflow)


onerror:
    mark_outdated(workflow)
    # The failed steps' own lines stand last, whatever Snakemake says before it ends.
    say_failures_last(workflow)
