"""Cycling protocols as sentences: "Charge at C/10 until 4.3 V" becomes a Step in SI units.

A step is a verb and clauses, one blank or more between words. The words of the grammar may be
written in capitals; units are written as everywhere, and mA/cm2 is also read as mA/cm^2.

    step     = verb clause clause ...
    verb     = "Charge" | "Discharge" | "Hold" | "Rest"
    clause   = "at" current | "at" voltage | end | "or" end | "under" pressure | "at" temperature
    end      = "for" time | "until" voltage | "until" current
    current  = C-rate | number and unit per area;    C-rate = "1C", "0.2C", "2 C", "C/10", "2C/3"

The clauses may stand in any order. Each verb has its own:

    Charge, Discharge   at a current; ends: for a time, until a voltage
    Hold                at a voltage; ends: for a time, until a current
    Rest                no current;   end:  for a time
    all                 under a stack pressure and at a temperature, for this step only

A second end is joined by "or", and the step is over when one of them is met. A charge ends at a
voltage at or above its limit, a discharge at or below, a hold at a current of at most this
magnitude, whichever way it flows. 1C empties or fills the cell's capacity in an hour. All numbers
are positive (a temperature in degC may be negative): the verb has the sign, and a Step's current is
positive on discharge.

    Charge at C/10 until 4.3 V
    Charge at 0.5 mA/cm2 for 30 minutes or until 4.3 V
    Hold at 4.3 V until C/50
    Hold at 4.3 V until 0.01 mA/cm^2
    Rest for 1 hour
    Discharge at 1C until 2.8 V
    Discharge at C/5 until 2.8 V under 50 MPa at 60 degC

A protocol is a list of sentences and of tables that repeat a list, which may hold tables again:

    protocol = [
        "Rest for 1 hour",
        { repeat = 50, steps = ["Charge at C/3 until 4.3 V", "Discharge at C/3 until 2.8 V"] },
    ]

Cycles are counted from 1: every pass of an outermost table is a cycle, and the count goes on from
one such table to the next. A step outside the tables has the number of the cycle before it, 0
before the first cycle. A protocol without tables is cycle 1.

Anything else raises CaseError: what was given and what is accepted, in a protocol one line per
problem.
"""

from chemomech.case.protocol.lists import DEEPEST_NESTING, MOST_STEPS, Protocol, parse_protocol
from chemomech.case.protocol.sentences import LONGEST_SENTENCE, c_rate, parse_step, sentence
from chemomech.case.protocol.steps import (
    HIGHEST,
    LONGEST,
    Current,
    Repeat,
    Scheduled,
    Step,
    distinct_steps,
    extreme_voltages,
)

__all__ = [
    "DEEPEST_NESTING",
    "HIGHEST",
    "LONGEST",
    "LONGEST_SENTENCE",
    "MOST_STEPS",
    "Current",
    "Protocol",
    "Repeat",
    "Scheduled",
    "Step",
    "c_rate",
    "distinct_steps",
    "extreme_voltages",
    "parse_protocol",
    "parse_step",
    "sentence",
]
