"""Source text → event tree: abstract interpretation of training code, without running or importing it.

* ``source`` parses files and finds their project; ``values`` are the abstract values, ``state`` the store that holds
  them, ``conditions`` the formulas that fork it and ``questions`` the tests they come from.
* These interpret: ``statements``, ``loops`` and ``definitions``; ``expressions``, ``items`` and ``operators``;
  ``calls`` (the project's own functions), ``classes``, ``layers`` and ``methods``, ``tensors``, ``containers``;
  ``averages`` (numbers read off losses);
  ``externals`` and ``builtin_calls``, with the facts about libraries in ``library``.
* ``reader`` walks the entry points of a file. ``tree`` is what comes out, ``paths`` unrolls it into sequences of
  events, ``updates`` collects them per optimizer and ``verdicts`` judges them.
"""
