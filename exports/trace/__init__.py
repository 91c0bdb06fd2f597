"""Where a printed number comes from (spec 4.3): cell → mart row and column → the entities counted → file, sheet, row, raw text."""

from exports.trace.tracer import NotTraceable, Tracer

__all__ = ["NotTraceable", "Tracer"]
