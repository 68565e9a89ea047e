"""SoccerNet's recordings and labels, fetched through its own package: one file a step, resumed and verified.

The package (an extra: `make soccernet`) decides which host and file; it is used as it is. Its transfers would
throw a partial file away and hide why, so ours are handed in through the doors it leaves open: a client
factory of huggingface_hub (hub.py) and a subclass of its downloader (drive.py).
"""

from matchreel.soccernet.download import download_game, download_labels

__all__ = ["download_game", "download_labels"]
