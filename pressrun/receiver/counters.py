"""Count what the receiver did, for `/metrics`."""

import threading
import time
from collections import Counter


class Counters:
    """Counts since the start, in Prometheus' text form."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._last_landed = 0.0
        self._lock = threading.Lock()

    def add(self, what: str, outcome: str) -> None:
        """Count one request."""
        with self._lock:
            self._counts[what, outcome] += 1
            if outcome == "landed":
                self._last_landed = time.time()

    def text(self) -> str:
        """Give all counts."""
        lines = [
            "# HELP pressrun_receiver_requests_total Requests by what they were and what became of them.",
            "# TYPE pressrun_receiver_requests_total counter",
        ]
        lines += [
            f'pressrun_receiver_requests_total{{what="{what}",outcome="{outcome}"}} {count}'
            for (what, outcome), count in sorted(self._counts.items())
        ]
        lines += [
            "# HELP pressrun_receiver_last_landed_seconds When something was last made durable, in epoch seconds.",
            "# TYPE pressrun_receiver_last_landed_seconds gauge",
            f"pressrun_receiver_last_landed_seconds {self._last_landed:.3f}",
        ]
        return "\n".join(lines) + "\n"
