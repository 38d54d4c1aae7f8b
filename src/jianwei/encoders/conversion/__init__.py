"""Turn a published checkpoint into a model folder: read its tensors, build our own graphs, write a manifest."""

from jianwei.encoders.conversion.importing import ImportOptions, ImportStep, import_model

__all__ = ["ImportOptions", "ImportStep", "import_model"]
