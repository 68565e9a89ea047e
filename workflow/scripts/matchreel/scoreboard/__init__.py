"""What the broadcaster writes on the picture: clock, score and teams of the match, read and fitted."""

from matchreel.scoreboard.record import Half as Half
from matchreel.scoreboard.record import Layout as Layout
from matchreel.scoreboard.record import MatchTime as MatchTime
from matchreel.scoreboard.record import Reading as Reading
from matchreel.scoreboard.record import Scoreboard as Scoreboard
from matchreel.scoreboard.record import ScoreBug as ScoreBug
from matchreel.scoreboard.record import ScoreChange as ScoreChange
