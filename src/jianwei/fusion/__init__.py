"""Ways to make one score of several: pure functions over arrays, without knowledge of where scores come from."""
