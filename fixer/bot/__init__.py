"""The GitHub bot: one review of a pull request, run inside a workflow or by an App server.

`model` is what passes between the parts. `child` reads the pull request's code in a process of its own; `render` and
`reconcile` decide what is said; `github` talks; `jobs` ties them together; `workflow` and `server` are the two ways in.
"""
