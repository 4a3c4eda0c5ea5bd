"""``PublishWidget()``: publish the notebook you are in from one of its cells, wherever a kernel runs."""

from .form import PublishWidget

__all__ = ["PublishWidget"]
