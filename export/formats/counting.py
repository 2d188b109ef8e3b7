"""Counting operators, which each format names and numbers its own way."""

import collections


def counted(found) -> dict[str, dict]:
    """{name: {"version", "count"}} of pairs (name, version)."""
    counts = collections.Counter(found)
    return {
        name: {"version": version, "count": count}
        for (name, version), count in sorted(counts.items())
    }
