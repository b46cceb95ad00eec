"""Settings of the embedded server, fit to the machine.

Belongs here: the values, and why.
Not here: writing or starting anything.
"""

import shutil
from pathlib import Path

import psutil

MEGABYTE = 1024**2


def usable_memory() -> int:
    """Bytes of memory: the machine's, or a container's limit where that is lower."""
    memory = int(psutil.virtual_memory().total)
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            memory = min(memory, int(Path(limit).read_text()))
        except (OSError, ValueError):  # absent, or the word "max"
            continue
    return memory


def tuned_settings(disk: Path) -> dict[str, str]:
    """Durable settings for bulk loads and day-sized reads; memory and log sizes scale down on small machines.

    Every write is on disk when it is acknowledged: with rows written in batches, synchronous_commit=off gained 1.02x
    and is not worth it.
    """
    memory = usable_memory() // MEGABYTE
    free = shutil.disk_usage(disk).free // MEGABYTE
    return {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": f"{max(64, min(1024, memory // 8))}MB",
        "effective_cache_size": f"{max(256, min(8192, memory // 2))}MB",
        "maintenance_work_mem": f"{max(64, min(512, memory // 16))}MB",
        "work_mem": f"{max(8, min(32, memory // 128))}MB",
        "wal_buffers": "16MB",
        # Checkpoints by time, not by a bulk load's volume; never more than a quarter of the free disk.
        "max_wal_size": f"{max(256, min(8192, free // 4))}MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %a ",
    }
