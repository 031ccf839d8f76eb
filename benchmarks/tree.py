"""CPU and memory of this process and everything it started, one subtree left out."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil


def _tree(leave_out: int | None) -> list[psutil.Process]:
    me = psutil.Process()
    found = [me]
    for child in me.children():
        if child.pid != leave_out:
            found += [child, *child.children(recursive=True)]
    return found


def _times(processes: Iterable[psutil.Process]) -> Iterator[Any]:
    """CPU times of those that still run."""
    for process in processes:
        with suppress(psutil.Error):
            yield process.cpu_times()


def cpu(leave_out: int | None = None) -> float:
    """CPU seconds of the tree, processes that have ended and were waited for included."""
    found = _times(_tree(leave_out))
    return float(sum(times.user + times.system + times.children_user + times.children_system for times in found))


def memory(leave_out: int | None = None) -> int:
    """Bytes of the tree, shared pages divided among those that share them (PSS)."""
    total = 0
    for process in _tree(leave_out):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def _with_children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds of a process and all that it started and that still runs."""
    return float(sum(times.user + times.system for times in _times(_with_children(process))))


def anonymous(process: psutil.Process) -> int:
    """Bytes of a process and everything it started that no file stands behind; pages that are shared count in each."""
    total = 0
    for each in _with_children(process):
        try:
            lines = Path(f"/proc/{each.pid}/smaps_rollup").read_text().splitlines()
        except OSError:  # it ended meanwhile
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))
    return total
