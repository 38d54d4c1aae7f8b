"""Inference sessions behind one Protocol, so that a model's own code never sees which library runs it."""
