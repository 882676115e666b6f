"""What runs inside the user's interpreter: the tracer and all it needs.

Only the standard library and torch may be imported here, and nothing else of this project: the interpreter is the
user's, where the project need not be installed. Python 3.10 and newer.
"""
