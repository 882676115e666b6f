"""Source text → event tree: abstract interpretation of training code, without running or importing it.

``source`` parses files and finds their project; ``values`` are the abstract values, ``state`` the store that holds
them, ``conditions`` the tests that fork it; ``statements``, ``expressions`` and ``calls`` interpret, with the facts
about libraries in ``library``; ``tree`` is what comes out, and ``paths`` unrolls it into sequences of events.
"""
