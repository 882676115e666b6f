"""The gradient protocol: events and invariants, with no knowledge of where the events come from.

The reader feeds them from source text, the verifier from a real run. Imports nothing else of the project.
"""
