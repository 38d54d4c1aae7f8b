"""All that needs torch: the towers as functions of named tensors, their losses, and the loop that trains them."""
