"""The cases of decoding: the floor, what people write by themselves, and matchreel."""

from __future__ import annotations

import subprocess

from part import BATCH_STEPS, THREADS, Part, does_not_run

from matchreel.media.tools import ffmpeg_path


def decode_floor(part: Part) -> None:
    """ffmpeg alone: decode, thin out, scale, throw away."""
    chain = f"fps={float(part.grid.rate_fps):g},scale={part.width}:{part.height}"
    command = [ffmpeg_path("bundled"), "-nostdin", "-v", "error", "-threads", str(THREADS)]
    command += ["-i", f"file:{part.video}", "-an", "-vf", chain, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def decode_opencv(part: Part) -> None:
    """The loop that everybody writes."""
    import cv2

    capture, held, index = cv2.VideoCapture(str(part.video)), 0, 0
    rate = capture.get(cv2.CAP_PROP_FPS)
    while capture.grab():
        for _ in range(part.is_wanted(index, rate)):
            _, picture = capture.retrieve()
            small = cv2.resize(picture, (part.width, part.height), interpolation=cv2.INTER_AREA)
            cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
            held += 1
        index += 1
    part.check_count(held)


def decode_pyav(part: Part) -> None:
    """The same with PyAV, its frames scaled by libswscale."""
    import av

    held = 0
    with av.open(str(part.video)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "AUTO", THREADS
        rate = float(stream.average_rate or 25)
        for index, frame in enumerate(container.decode(stream)):
            for _ in range(part.is_wanted(index, rate)):
                frame.reformat(part.width, part.height, format="rgb24").to_ndarray()
                held += 1
    part.check_count(held)


def decode_torchcodec(part: Part) -> None:
    """torchcodec in batches of the grid's moments, scaled by torch; it brings no ffmpeg of its own."""
    try:
        from torchcodec.decoders import VideoDecoder
    except (ImportError, RuntimeError, OSError) as error:
        does_not_run(f"torchcodec does not import here ({str(error).splitlines()[0]})")
    import torch

    torch.set_num_threads(THREADS)
    decoder = VideoDecoder(str(part.video), num_ffmpeg_threads=THREADS)
    last = float(decoder.metadata.end_stream_seconds) - 1e-3
    moments = [
        min(float(start), last) for start in part.grid.starts_seconds() + 0.5 / float(part.grid.rate_fps)
    ]
    held = 0
    for first in range(0, len(moments), BATCH_STEPS):
        pictures = decoder.get_frames_played_at(moments[first : first + BATCH_STEPS]).data
        torch.nn.functional.interpolate(
            pictures.float(), (part.height, part.width), mode="bilinear", antialias=True
        ).round().to(torch.uint8)
        held += len(pictures)
    part.check_count(held)


def decode_matchreel(part: Part) -> None:
    """read_frames as cache_tensors calls it."""
    from matchreel.media.decode import read_frames

    batches = read_frames(
        probe=part.probe, grid=part.grid, height=part.height, width=part.width, fit="squash",
        ffmpeg="bundled", threads=THREADS, batch_steps=BATCH_STEPS, pixel_format="rgb24",
    )  # fmt: skip
    part.check_count(sum(len(batch) for batch in batches))


DECODERS = (decode_floor, decode_opencv, decode_pyav, decode_torchcodec, decode_matchreel)
