"""One case from its file to its results, whatever it asks for."""

from chemomech.runs.cycling import run_case
from chemomech.runs.swelling import run_swelling


def run(case, folder, mesh=None, notify=lambda run_state, share: None, resume=None):
    """Run a case into `folder` and return its result as written to result.json."""
    if case.swelling is not None:
        return run_swelling(case, folder, mesh, notify)
    return run_case(case, folder, mesh, notify, resume)
