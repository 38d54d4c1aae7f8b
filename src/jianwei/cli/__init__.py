"""The `jianwei` command: a face that reads arguments, calls the library and shows what it answers."""
