"""A figure as a ratio of sums, so that parts and games add up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """numerator / denominator; n is how many events, spots, clips or games the denominator stands for."""

    numerator: float
    denominator: float
    n: int

    def __add__(self, other: Ratio) -> Ratio:
        """The ratio of the two together."""
        return Ratio(self.numerator + other.numerator, self.denominator + other.denominator, self.n + other.n)

    @property
    def value(self) -> float:
        """The figure; nan where there was nothing to count."""
        return self.numerator / self.denominator if self.denominator else float("nan")
