"""Cuts GitHub's published descriptions to what the bot uses, for the fake GitHub of the tests.

    npm install @octokit/openapi @octokit/graphql-schema @octokit/webhooks-examples
    python tests/data/github/cut.py node_modules/@octokit

Writes openapi.json, examples.json, schema.graphql and webhooks.json.gz beside this file. What is left out: descriptions
and the other operations. What is added: request bodies refuse unknown keys, and answers of error statuses with their
own shapes (which the fake does not imitate to the letter) are dropped. A choice that may be null lists null.
"""

import gzip
import json
import re
import sys
from pathlib import Path

OPERATIONS = """
GET /app
POST /app/installations/{installation_id}/access_tokens
GET /app/hook/deliveries
POST /app/hook/deliveries/{delivery_id}/attempts
GET /user
GET /repos/{owner}/{repo}/pulls
GET /repos/{owner}/{repo}/pulls/{pull_number}
GET /repos/{owner}/{repo}/pulls/{pull_number}/files
GET /repos/{owner}/{repo}/pulls/{pull_number}/comments
GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews
POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews
PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}
POST /repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions
GET /repos/{owner}/{repo}/issues/{issue_number}/comments
POST /repos/{owner}/{repo}/issues/{issue_number}/comments
PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}
POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions
GET /repos/{owner}/{repo}/commits/{ref}/check-runs
POST /repos/{owner}/{repo}/check-runs
PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}
GET /repos/{owner}/{repo}/collaborators/{username}/permission
GET /repos/{owner}/{repo}/contents/{path}
GET /repos/{owner}/{repo}/tarball/{ref}
GET /repos/{owner}/{repo}/git/trees/{tree_sha}
GET /repos/{owner}/{repo}/git/ref/{ref}
GET /repos/{owner}/{repo}/git/commits/{commit_sha}
POST /repos/{owner}/{repo}/git/blobs
POST /repos/{owner}/{repo}/git/trees
POST /repos/{owner}/{repo}/git/commits
PATCH /repos/{owner}/{repo}/git/refs/{ref}
POST /repos/{owner}/{repo}/code-scanning/sarifs
"""
EVENTS = (
    "check_run check_suite installation installation_repositories issue_comment ping pull_request "
    "pull_request_review pull_request_review_comment push"
).split()
FIELDS = {
    "Query": ["repository"],
    "Mutation": ["resolveReviewThread"],
    "Repository": ["pullRequest"],
    "PullRequest": ["reviewThreads"],
    "PullRequestReviewThreadConnection": ["pageInfo", "nodes"],
    "PageInfo": ["hasNextPage", "endCursor"],
    "PullRequestReviewThread": ["id", "isResolved", "comments"],
    "PullRequestReviewCommentConnection": ["nodes"],
    "PullRequestReviewComment": ["fullDatabaseId"],
    "ResolveReviewThreadPayload": ["thread"],
}
HERE = Path(__file__).parent


def openapi(full):
    paths = {}
    for line in OPERATIONS.split("\n"):
        if not line:
            continue
        method, path = line.split()
        whole = full["paths"][path]
        one = dict(whole[method.lower()])
        if "requestBody" in one:
            one["requestBody"] = json.loads(json.dumps(one["requestBody"]))
            strict(one["requestBody"]["content"]["application/json"]["schema"])
        good = {status: answer for status, answer in one["responses"].items() if status[0] in "23"}
        one["responses"] = good
        for answer in good.values():
            answer.pop("headers", None)
        kept = {"parameters": whole["parameters"]} if "parameters" in whole else {}
        paths.setdefault(path, kept)[method.lower()] = {
            name: one[name] for name in ("operationId", "parameters", "requestBody", "responses") if name in one
        }
    cut = {
        "openapi": full["openapi"],
        "info": {name: full["info"][name] for name in ("title", "version", "license")},
        "paths": bare(paths),
        "components": {},
    }
    todo = [cut["paths"]]
    while todo:
        for reference in re.findall(r'"\$ref": "#/components/(\w+)/([^"]+)"', json.dumps(todo.pop())):
            kind, name = reference
            group = cut["components"].setdefault(kind, {})
            if name not in group:
                group[name] = bare(full["components"][kind][name])
                todo.append(group[name])
    return cut


def strict(schema):
    """Refuse keys that the description does not name, at every level."""
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("additionalProperties") is not True:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            strict(value)
    elif isinstance(schema, list):
        for value in schema:
            strict(value)


def bare(value, inside=""):
    if isinstance(value, dict):
        gone = ("description", "example", "examples", "externalDocs", "title", "discriminator", "summary")
        out = {}
        for name, one in value.items():
            if inside != "properties" and (name in gone or name.startswith("x-")):
                continue
            out[name] = bare(one, name if inside != "properties" else "")
        if out.get("nullable") is True and "enum" in out and None not in out["enum"]:
            out["enum"] = [*out["enum"], None]
        return out
    return [bare(one) for one in value] if isinstance(value, list) else value


def described(paths):
    """Answers must have a description, if only an empty one."""
    for path in paths.values():
        for one in path.values():
            if isinstance(one, dict):
                for answer in one.get("responses", {}).values():
                    answer.setdefault("description", "")


def graphql(text):
    from graphql import build_schema
    from graphql.utilities import print_type

    schema = build_schema(text, assume_valid=True, assume_valid_sdl=True)
    out = []
    for name, fields in FIELDS.items():
        kind = schema.type_map[name]
        kind.fields = {field: one for field, one in kind.fields.items() if field in fields}
        for one in kind.fields.values():
            wanted = ("owner", "name", "number", "first", "after", "input")
            one.args = {arg: value for arg, value in one.args.items() if arg in wanted}
            one.description = None
            for arg in one.args.values():
                arg.description = None
        kind.interfaces = ()
        kind.description = None
        out.append(print_type(kind))
    for name in ("ResolveReviewThreadInput",):
        kind = schema.type_map[name]
        kind.description = None
        for one in kind.fields.values():
            one.description = None
        out.append(print_type(kind))
    return "\n\n".join(["scalar BigInt", *out]) + "\n"


def examples(full):
    """An example answer of each operation: the fake fills in what matters."""
    out = {}
    for line in OPERATIONS.split("\n"):
        if not line:
            continue
        method, path = line.split()
        one = full["paths"][path][method.lower()]
        for status, answer in one["responses"].items():
            found = answer.get("content", {}).get("application/json", {}).get("examples", {})
            if status[0] == "2" and found:
                first = next(iter(found.values()))
                if "$ref" in first:
                    first = full["components"]["examples"][first["$ref"].rsplit("/", 1)[1]]
                out.setdefault(one["operationId"], first["value"])
    return out


def main():
    source = Path(sys.argv[1])
    full = json.loads((source / "openapi/generated/api.github.com.json").read_text())
    cut = openapi(full)
    described(cut["paths"])
    for answer in cut["components"].get("responses", {}).values():
        answer.setdefault("description", "")
    (HERE / "openapi.json").write_text(json.dumps(cut, indent=1, sort_keys=True) + "\n")
    (HERE / "examples.json").write_text(json.dumps(examples(full), indent=1, sort_keys=True) + "\n")
    (HERE / "schema.graphql").write_text(graphql((source / "graphql-schema/schema.graphql").read_text()))
    payloads = json.loads((source / "webhooks-examples/api.github.com/index.json").read_text())
    kept = {one["name"]: one["examples"] for one in payloads if one["name"] in EVENTS}
    with open(HERE / "webhooks.json.gz", "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
        file.write(json.dumps(kept, sort_keys=True).encode())


main()
