"""The commands of `jianwei`, one module each: its options, and what it does with the library."""
