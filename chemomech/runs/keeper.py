"""Takes down every state of a run and keeps what it takes to go on, whole whenever it is stopped.

A run leaves a checkpoint at its milestones, and one of where it stands when it is asked to stop.
"""

from pathlib import Path

from chemomech.runs import checkpoint
from chemomech.runs.identity import Identity
from chemomech.runs.record import Job
from chemomech.signals import Stops
from chemomech.simulation.run_state import RunState


class Keeper:
    """The recorder of a run and its checkpoints.

    A signal that comes while something is taken down or saved is told afterwards.

    Attributes
    ----------
    last : RunState or None
        The last one that was taken down.
    """

    def __init__(
        self, job: Job, folder: Path, identity: Identity, keep_all: bool, stops: Stops
    ) -> None:
        """Start with nothing to keep.

        Parameters
        ----------
        job : Job
            The run, with its recorder.
        folder : Path
            Of its results.
        identity : Identity
            What another run must share to go on from it.
        keep_all : bool
            Whether the checkpoints of earlier milestones stay.
        stops : Stops
            Tells that the run is to stop.
        """
        self.job, self.folder, self.identity = job, folder, identity
        self.keep_all, self.stops = keep_all, stops
        self.last: RunState | None = None
        self._unsaved: RunState | None = None

    def __call__(self, run_state: RunState) -> None:
        """Take down an accepted state."""
        with self.stops.held():
            self.last = self._unsaved = run_state
            self.job.recorder(run_state)

    def cycle_ended(self, run_state: RunState) -> None:
        """Tell that a cycle is over."""
        with self.stops.held():
            self._unsaved = run_state
            self.job.recorder.cycle_ended(run_state)

    def milestone(self, run_state: RunState, number: int) -> None:
        """Save a checkpoint of a milestone; by default those of earlier ones go."""
        with self.stops.held():
            written = checkpoint.path_of(self.folder, self.job.stem, number)
            self._save(written, run_state)
            # Later ones are of an earlier run of the same inputs, and nobody asked to forget them.
            for older in [] if self.keep_all else checkpoint.found_in(self.folder, self.job.stem):
                if older < written:
                    older.unlink()

    def keep_place(self) -> None:
        """Save a checkpoint of where the run stands, unless the last one is of there."""
        state = self._unsaved
        if state is None or state.steps == 0:
            return
        with self.stops.held():
            number = self.job.place(state)
            self._save(checkpoint.path_of(self.folder, self.job.stem, number, state.steps), state)

    def finish(self) -> None:
        """Forget the places at which the run was stopped on its way: it is whole now."""
        for path in checkpoint.stops_in(self.folder, self.job.stem):
            path.unlink()

    def _save(self, path: Path, run_state: RunState) -> None:
        """Write a state, and everything that was taken down before it."""
        checkpoint.save(path, run_state, self.job.recorder.arrays(), self.identity)
        self._unsaved = None
