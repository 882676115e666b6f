"""The fake's GraphQL: review threads, by GitHub's own schema cut to what is used."""

from __future__ import annotations

from functools import cache
from typing import Any

from fakehub.described import DATA
from fakehub.store import Store


@cache
def _schema() -> Any:
    from graphql import build_schema

    return build_schema((DATA / "schema.graphql").read_text())


def answer_graphql(store: Store, body: dict[str, Any], who: dict[str, Any]) -> dict[str, Any]:
    """Execute a query; graphql-core validates it against the schema first."""
    from graphql import graphql_sync

    def thread(comment: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"PRRT_{comment['id']}",
            "isResolved": comment["id"] in store.resolved,
            "comments": lambda info, **_: {"nodes": [{"fullDatabaseId": str(comment["id"])}]},
        }

    def threads(name: str, number: int, after: str | None, first: int) -> dict[str, Any]:
        mine = [one for one in store.review_comments if one["_pull"] == (name, number)]
        start = int(after or 0)
        page = mine[start : start + first]
        return {
            "nodes": [thread(one) for one in page],
            "pageInfo": {"hasNextPage": start + first < len(mine), "endCursor": str(start + first)},
        }

    def resolve(info: Any, input: dict[str, Any]) -> dict[str, Any]:
        if who["permissions"].get("contents") != "write":
            raise PermissionError("Resource not accessible by integration")
        ident = int(input["threadId"].removeprefix("PRRT_"))
        store.resolved.add(ident)
        return {"thread": thread(next(one for one in store.review_comments if one["id"] == ident))}

    def repository(info: Any, owner: str, name: str) -> dict[str, Any]:
        def pull(info: Any, number: int) -> dict[str, Any]:
            return {
                "reviewThreads": lambda info, first=30, after=None: threads(f"{owner}/{name}", number, after, first)
            }

        return {"pullRequest": pull}

    root = {"repository": repository, "resolveReviewThread": resolve}
    found = graphql_sync(_schema(), body["query"], root_value=root, variable_values=body.get("variables"))
    answer: dict[str, Any] = {"data": found.data}
    if found.errors:
        answer["errors"] = [{"message": one.message} for one in found.errors]
    return answer
