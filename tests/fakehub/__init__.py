"""A GitHub for tests: stateful, in this process, held to GitHub's own published description.

`described` validates every request and every answer; `store` holds repositories, pull requests and comments; `api`
answers, and enforces the rules that the description does not hold; `wire` serves it over HTTP for tests with
processes of their own.
"""
