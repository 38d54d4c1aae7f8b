"""Models on disk: which there are, where their weights are published, and how they come here whole."""
