"""What is kept of a run: bounded in many cycles, without loss of what sets a limit, and the same
after a checkpoint."""

from types import SimpleNamespace

import numpy as np
import pytest

from chemomech.analysis.limits import lithium_limits
from chemomech.analysis.penetration import Sites, penetration_summary
from chemomech.physics.lithium.extrusion import Creep
from chemomech.runs.observers.face import SiteRecord, VoidRecord
from chemomech.runs.record import CycleRows, Observer, Recorder
from compare import approx
from edge_flaws import INPUTS, changed

CYCLES, STEPS = 200, 5
CREEP = Creep(0.01, 1e6, 5.0)
DEPTH = np.linspace(0.0, 20e-6, 4)


class Face:
    """Stands in for FlawSites: two sites with lines of four points."""

    depth = DEPTH

    def weight(self):
        """Both sites alike."""
        return np.array([0.5, 0.5])


def moments():
    """(cycle, what observers see) of 200 cycles of five states each, drawn at random."""
    generator, time = np.random.default_rng(3), 0.0
    for cycle in range(1, CYCLES + 1):
        for step in range(STEPS):
            time += 60.0
            pressure, lateral = generator.uniform(1e6, 8e6, 2), generator.uniform(-5e6, 1e6, (2, 4))
            overpotential = generator.uniform(0.0, 4e-3, 2)
            sites = pressure, np.ones(2), overpotential, lateral, np.array(generator.uniform(1, 20))
            run_state = SimpleNamespace(time=time, charge=0.0, done=cycle, cycle=cycle)
            drops = {"face": SimpleNamespace(current=np.full((1, 2), 2.0))}
            yield cycle, SimpleNamespace(
                run_state=run_state, sites=sites, step_ended=step == STEPS - 1, drops=drops,
                void_shape=SimpleNamespace(opening=np.zeros((1, 2))),
            )  # fmt: skip


def watch(observer):
    """Let an observer see all cycles and return (the most entries that it ever held, all
    states)."""
    most, every = 0, list(moments())
    for number, (cycle, seen) in enumerate(every):
        observer.observe(seen)
        if number + 1 == len(every) or every[number + 1][0] != cycle:
            observer.cycle_ended(seen.run_state)
        most = max(most, len(getattr(observer, "times", getattr(observer, "rows", ()))))
    return most, [seen for _, seen in every]


def test_flaw_sites_stay_few_and_keep_every_limit():
    """Breaks when flaw sites of cycles that are over pile up, or a time that sets a limit of the
    run is forgotten."""
    inputs = changed(
        INPUTS, width=2e-8, creep=CREEP, thickness=60e-6, channel_width=4e-6, void_radius=1e-6
    )
    record = SiteRecord(Face(), inputs, CYCLES)
    most, every = watch(record)
    assert most <= 7 + STEPS
    assert [time for time, *_ in record.times][-STEPS:] == [
        seen.run_state.time for seen in every[-STEPS:]
    ]
    columns = [np.stack(column) for column in zip(*(seen.sites for seen in every), strict=True)]
    time = np.array([seen.run_state.time for seen in every])
    whole = Sites(Face().weight(), DEPTH, *columns, time=time)
    thin = record.sites()
    one, other = (
        penetration_summary(whole, inputs), penetration_summary(thin, inputs, record.worst)
    )  # fmt: skip
    for name in set(one) - {"worst_time_index"}:
        assert other[name] == approx(one[name], rel=1e-12), name
    static = one["max_K_static_over_KIc"]
    assert lithium_limits(thin, inputs, static) == approx(
        lithium_limits(whole, inputs, static), rel=1e-12
    )


def test_voids_and_rows_grow_with_the_protocol_alone():
    """Breaks when every time step of every cycle stays in voids.npz, or of a table more than the
    ends of the protocol's steps and the largest value."""
    points = np.array([[[0.0, 0.0], [1.0, 0.0]]])
    most, _ = watch(VoidRecord(points, np.ones((1, 2)), "face", CYCLES))
    assert most <= CYCLES + STEPS

    table, generator = CycleRows(lambda row: row["family"], "K"), np.random.default_rng(1)
    values = generator.uniform(0.0, 1.0, (CYCLES, STEPS, 2))
    for cycle in range(CYCLES):
        for step in range(STEPS):
            for family in (0, 1):
                row = {"family": family, "cycle": cycle, "K": values[cycle, step, family]}
                table.add(row, step == STEPS - 1)
        table.thin()
    assert len(table.rows) <= 2 * (CYCLES + 1)
    assert {k: row["K"] for k, row in table.largest().items()} == {
        k: values[..., k].max() for k in (0, 1)
    }
    again = CycleRows(table.group, "K")
    again.restore(table.arrays())
    assert (again.rows, again.ended) == (table.rows, table.ended)


def test_a_recorder_hands_one_view_to_all():
    """Breaks when what observers see is evaluated more than once a state, or one gets the arrays
    of another."""

    class Counter(Observer):
        def __init__(self, name):
            self.name, self.seen = name, []

        def observe(self, seen):
            self.seen.append(seen)

        def arrays(self):
            return {"count": np.array(len(self.seen))}

        def restore(self, arrays):
            self.restored = arrays

        def summary(self):
            return {self.name: len(self.seen)}

    views = []

    def evaluate(run_state):
        views.append(run_state)
        return [run_state]

    observers = [Counter("a"), Counter("ab")]
    recorder = Recorder(evaluate, observers)
    for state in ("first", "second"):
        recorder(state)
    assert views == ["first", "second"]
    assert observers[0].seen[1] is observers[1].seen[1]
    assert recorder.summary() == {"a": 2, "ab": 2}
    recorder.restore(recorder.arrays() | {"ab.more": np.array(7)})
    assert observers[0].restored == {"count": 2}
    assert observers[1].restored == {"count": 2, "more": 7}


@pytest.mark.parametrize("last", [1, 2])
def test_the_last_cycle_stays_whole(last):
    """Breaks when the last cycle of a run is thinned out, or one before it is not."""
    record = SiteRecord(Face(), INPUTS, last)
    for cycle, seen in moments():
        if cycle == 1:
            record.observe(seen)
    record.cycle_ended(SimpleNamespace(done=1))
    assert (len(record.times) == STEPS) == (last == 1)
