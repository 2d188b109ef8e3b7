"""What the laws share."""

from tests.conformance.conftest import interpreted

__all__ = ["interpreted"]  # they, too, draw once from what XLA takes seconds to compile
