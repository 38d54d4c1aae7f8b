"""The drawing office of the sample set: turns product descriptions into marketplace pictures and their records.

It is used by `samples/render.py` only, never by the installed package, its tests or the demo.
"""
