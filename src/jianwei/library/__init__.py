"""The composition root and Python façade: the only place that names engines and joins them to use cases."""

from jianwei.library.facade import Library

__all__ = ["Library"]
