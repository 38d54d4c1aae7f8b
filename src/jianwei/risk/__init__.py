"""Risk: what makes a listing suspected of breaking the law, and where it says so."""
