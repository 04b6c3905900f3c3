"""Progress on the terminal: a bar per case where there is a terminal, a line now and then elsewhere."""

import sys
import time

LINE_EVERY = 5.0  # seconds between lines without a terminal


def run_progress(name, style):
    """A callable (walk, share) for run_case: 'lines' prints machine-readable shares, 'bar' a line per some seconds."""
    began, last = time.perf_counter(), [0.0]

    def lines(run_state, share):
        print(f"progress {share:.4f}", flush=True)

    def bar(run_state, share):
        now = time.perf_counter()
        if now - last[0] >= LINE_EVERY or share >= 1.0:
            last[0] = now
            text = (
                f"chemomech: {name}: {100 * share:.0f} % ({run_state.words}), {now - began:.0f} s"
            )
            print(text, file=sys.stderr, flush=True)

    return lines if style == "lines" else bar


class StudyProgress:
    """Progress of a study: call with (label, share); a context manager that restores the terminal."""

    def __init__(self, name, labels):
        self.name, self.shares = name, dict.fromkeys(labels, 0.0)
        self.began, self.last, self.display, self.tasks = time.perf_counter(), 0.0, None, {}

    def __enter__(self):
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self.display = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self.display.start()
            self.tasks = {
                label: self.display.add_task(label, total=1.0, start=False) for label in self.shares
            }
        else:
            print(f"chemomech: {self.name}: {len(self.shares)} cases", file=sys.stderr, flush=True)
        return self

    def __call__(self, label, share):
        self.shares[label] = max(share, self.shares[label])
        if self.display is not None:
            if not self.display.tasks[self.tasks[label]].started:
                self.display.start_task(self.tasks[label])
            self.display.update(self.tasks[label], completed=self.shares[label])
            if share >= 1.0:
                self.display.stop_task(self.tasks[label])
            return
        now = time.perf_counter()
        if now - self.last >= LINE_EVERY or all(share >= 1.0 for share in self.shares.values()):
            self.last = now
            done = sum(share >= 1.0 for share in self.shares.values())
            mean = sum(self.shares.values()) / len(self.shares)
            print(
                f"chemomech: {self.name}: {100 * mean:.0f} %, {done} of {len(self.shares)} cases done, "
                f"{now - self.began:.0f} s",
                file=sys.stderr,
                flush=True,
            )

    def __exit__(self, *_):
        if self.display is not None:
            self.display.stop()
