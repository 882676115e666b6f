"""How results are shown: text for people, JSON, SARIF and GitHub annotations for programs."""
