"""How often Python looks for cycles among the objects of a process: seldom, where most of them stay.

Python looks whenever 700 objects more were made than went, and now and then through all that there are. Loading makes
hundreds of thousands that stay, and each page of hits some thousands that go by themselves; what is found is next to
nothing. Looking through all takes a tenth of a second and more, in which a server answers nobody.
"""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 50_000
"""Objects that are made before Python looks for cycles among them."""


def look_seldom() -> None:
    """Look for cycles among new objects less often, in this process from now on."""
    gc.set_threshold(YOUNG_OBJECTS)


def leave_what_is_there() -> None:
    """Look through all objects once, and never again through those that are there now."""
    gc.collect()
    gc.freeze()
