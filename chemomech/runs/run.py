"""One case from its file to its results, whatever it asks for."""

from chemomech.runs.cycling import run_case
from chemomech.runs.swelling import run_swelling
from chemomech.setup.laws import Laws


def run(case, folder, mesh=None, notify=lambda run_state, share: None, resume=None, laws=None):
    """Run a case into `folder` and return its result as written to result.json.

    laws: name -> function, laws of one's own that the case's interfaces name; see `setup.laws`.
    """
    own = Laws(laws or {})
    if case.swelling is not None:
        return run_swelling(case, folder, mesh, notify, own)
    return run_case(case, folder, mesh, notify, resume, own)
