# What tells files that people bring along, and folders that people look into, from what they were. No rules.
from snakemake.io import get_flag_value

from matchreel.fingerprints import fingerprint
from matchreel.whole_folders import torn_reason

# Where this workflow's paths are: a bucket, or a prefix that a `module` statement gives.
PATH_MODIFIER = workflow.modifier.path_modifier
# Objects of a bucket that were asked for while the jobs were planned: six rules read each recording.
PLANNED_IDENTITIES = {}
IS_PLANNING = [True]


def recording_of(wildcards):
    """The files that one part is recorded in, as a person gave them: several where they are joined first."""
    video_of(wildcards)
    return list(game_of(wildcards).sources(wildcards.part))


def recordings_of(wildcards):
    """The same, of all parts of a game."""
    return sources_of(game_of(wildcards))


def sources_of(game):
    """The same, of a game's record."""
    return [path for part in game.parts for path in game.sources(part)]


def pieces_of(wildcards):
    """The files of a part that is recorded in several."""
    pieces = game_of(wildcards).pieces.get(wildcards.part)
    if not pieces:
        raise WorkflowError(
            f"part {wildcards.part} of game {wildcards.game!r} is one file: there is nothing to join."
        )
    return list(pieces)


def given(*functions):
    """A param: what tells the files that these input functions name from others, whatever their dates.

    Snakemake goes by dates first: a file that is replaced by an older one looks unchanged to it. It works out params
    again when a job starts, so that files which other jobs make first are told by what they are then.
    """

    def of_wildcards(wildcards):
        named = [function(wildcards) for function in functions]
        paths = [
            path
            for held in named
            for path in (held if isinstance(held, list) else [held])
        ]
        return {
            f"given {path}": identity_of(path) for path in paths if is_brought(path)
        }

    return of_wildcards


def is_brought(path):
    """Whether a person brought this file: what rules fetch or render may go once it has been used."""
    folders = Path(path).parts
    if folders[:2] == ("resources", "weights"):
        return False
    slug = (
        folders[2]
        if folders[:2] == ("resources", "games") and len(folders) > 3
        else None
    )
    return slug not in GAMES or GAMES[slug].source == "local"


def identity_of(path):
    """A file's size and fingerprint, or "" where there is none; in a bucket its size and ETag."""
    placed = PATH_MODIFIER.modify(str(path), "input")
    stored = get_flag_value(placed, "storage_object")
    if stored is None:
        return fingerprint(Path(placed))
    if not IS_PLANNING[0]:
        return stored_identity(stored)
    if stored.query not in PLANNED_IDENTITIES:
        PLANNED_IDENTITIES[stored.query] = stored_identity(stored)
    return PLANNED_IDENTITIES[stored.query]


def stored_identity(stored):
    """Size and ETag of an object in a bucket, its size alone where the storage has no ETags; "" where there is none."""
    if not stored.exists():
        return ""
    if not hasattr(stored, "s3obj"):
        return str(stored.size())
    held = stored.s3obj()
    return f"{held.content_length} {held.e_tag}"


def end_planning():
    """From here on jobs change what is in a bucket."""
    IS_PLANNING[0] = False


def whole(folder, function):
    """An input function that also has its job's folder made again where files in it are missing or cut short."""

    def of_wildcards(wildcards):
        path = PATH_MODIFIER.modify(folder.format(**wildcards), "output")
        is_here = get_flag_value(path, "storage_object") is None and Path(path).is_dir()
        reason = torn_reason(Path(path)) if is_here else None
        if reason:
            if path not in workflow.dag.forcefiles:
                print(f"{path}: {reason}, so it is made again", file=sys.stderr)
            # As --forcerun does, for the jobs of this run alone.
            workflow.dag.forcefiles.add(path)
        return function(wildcards)

    return of_wildcards
