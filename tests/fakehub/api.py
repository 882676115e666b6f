"""The fake GitHub's answers, and the rules that no description holds."""

from __future__ import annotations

import base64
import copy
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import jwt

from fakehub.described import Violation, check_answer, check_request, examples
from fakehub.graph import answer_graphql
from fakehub.store import Commit, Pull, Repo, Store, blob_sha, sha_of

MAX_BODY = 65_536
NEEDS = {
    "pulls/create-review": ("pull_requests", "write"),
    "pulls/update-review-comment": ("pull_requests", "write"),
    "pulls/get": ("pull_requests", "read"),
    "pulls/list-files": ("pull_requests", "read"),
    "pulls/list-review-comments": ("pull_requests", "read"),
    "issues/create-comment": ("pull_requests", "write"),
    "issues/update-comment": ("pull_requests", "write"),
    "reactions/create-for-issue-comment": ("pull_requests", "write"),
    "reactions/create-for-pull-request-review-comment": ("pull_requests", "write"),
    "checks/create": ("checks", "write"),
    "checks/update": ("checks", "write"),
    "git/create-blob": ("contents", "write"),
    "git/create-tree": ("contents", "write"),
    "git/create-commit": ("contents", "write"),
    "git/update-ref": ("contents", "write"),
    "repos/get-content": ("contents", "read"),
    "repos/download-tarball-archive": ("contents", "read"),
    "code-scanning/upload-sarif": ("security_events", "write"),
}
CONTENT = ("pulls/create-review", "issues/create-comment", "issues/update-comment", "pulls/update-review-comment")


class Refused(Exception):
    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


@dataclass
class Fault:
    """What goes wrong: for requests of ``method`` whose path holds ``part``, ``times`` times.

    ``after``: the effect happens all the same, only the answer is lost.
    """

    method: str
    part: str
    status: int
    times: int = 1
    after: bool = False
    message: str = "trouble"
    headers: tuple[tuple[str, str], ...] = ()


class FakeHub:
    """GitHub with one App and one installation. ``grants`` is what the installation may do."""

    def __init__(self, public_key: str = "", slug: str = "training-fixer", app_id: str = "77") -> None:
        self.store = Store()
        self.public_key, self.slug, self.app_id = public_key, slug, app_id
        self.grants = {
            "metadata": "read", "contents": "write", "pull_requests": "write", "checks": "write", "issues": "write",
        }  # fmt: skip
        self.installation = 4242
        self.codeload = "https://codeload.example"
        self.faults: list[Fault] = []
        self.log: list[tuple[str, str, int]] = []
        self.writes: list[float] = []
        self.violations: list[str] = []
        self.before: Callable[[str, str], None] | None = None
        self.clock: Callable[[], float] = time.time
        self.redelivered: list[int] = []
        self.limit: int | None = None
        self._lock = threading.RLock()
        self.link = ""

    # -- what tests ask

    def transport(self) -> httpx.MockTransport:
        """The fake as a transport for clients in this process."""

        def respond(request: httpx.Request) -> httpx.Response:
            headers = {name.lower(): value for name, value in request.headers.items()}
            status, extra, body = self.handle(request.method, str(request.url), headers, request.read())
            return httpx.Response(status, headers=extra, content=body)

        return httpx.MockTransport(respond)

    def token(self, permissions: dict[str, str] | None = None, login: str = "github-actions[bot]") -> str:
        """A token such as a workflow has."""
        token = f"ghs_{len(self.store.tokens):036d}"
        self.store.tokens[token] = {
            "permissions": self.grants if permissions is None else permissions, "login": login,
            "repositories": None, "ends": self.clock() + 3600,
        }  # fmt: skip
        return token

    def fail(self, method: str, part: str, status: int, times: int = 1, after: bool = False, **more: Any) -> None:
        self.faults.append(Fault(method, part, status, times, after, **more))

    def made(self, method: str, part: str) -> int:
        """How many such requests were answered well."""
        return sum(m == method and part in p and s < 400 for m, p, s in self.log)

    def summaries(self) -> list[dict[str, Any]]:
        return [one for one in self.store.comments if "<!-- fixer:summary -->" in one["body"]]

    # -- the wire

    def handle(self, method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        with self._lock:
            path = urlsplit(url).path
            if self.before is not None:
                self.before(method, path)
            status, extra, answer = self._faulty(method, url, headers, body)
            self.log.append((method, path, status))
            return status, {"content-type": "application/json; charset=utf-8", **extra}, answer

    def _faulty(self, method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        path = urlsplit(url).path
        fault = next((f for f in self.faults if f.times and f.method == method and f.part in path), None)
        if fault is not None:
            fault.times -= 1
            if fault.after:
                self._answered(method, url, headers, body)
            return fault.status, dict(fault.headers), json.dumps({"message": fault.message}).encode()
        return self._answered(method, url, headers, body)

    def _answered(
        self, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        path = unquote(urlsplit(url).path)
        if path.startswith("/codeload/"):
            return self._archive(path, url, headers)
        try:
            if path == "/graphql":
                who = self._who(headers, "graphql")
                return 200, {}, json.dumps(answer_graphql(self.store, json.loads(body), who)).encode()
            name, given = check_request(method, url, headers, body)
            who = self._who(headers, name)
            if method != "GET":
                self._paced(name)
            data = json.loads(body) if body else {}
            query = dict(parse_qsl(urlsplit(url).query))
            status, answer = getattr(self, name.replace("/", "_").replace("-", "_"))(given, query, data, who)
        except Violation as error:
            self.violations.append(str(error))
            return 422, {}, json.dumps({"message": f"Validation Failed: {error}"}).encode()
        except Refused as error:
            return error.status, error.headers, json.dumps({"message": error.message}).encode()
        if status == 302:
            return 302, {"location": answer}, b""
        if isinstance(answer, bytes):
            return status, {"content-type": "application/vnd.github.raw+json; charset=utf-8"}, answer
        raw = b"" if answer is None else json.dumps(answer).encode()
        # The description knows no deleted fork, whose repository is null; the webhooks of one show it.
        deleted = isinstance(answer, dict) and answer.get("head", {}).get("repo", ...) is None
        if answer is not None and not deleted:
            try:
                check_answer(method, url, headers, body, status, raw)
            except Violation as error:
                self.violations.append(str(error))
                raise
        link, self.link = self.link, ""
        return status, {"link": link} if link else {}, raw

    def _archive(self, path: str, url: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if "authorization" in headers and url.startswith(self.codeload) and "127.0.0.1" not in url:
            self.violations.append("the token was sent to another host")
        owner, repo, sha = path.removeprefix("/codeload/").split("/")
        return 200, {"content-type": "application/x-gzip"}, self.store.repos[f"{owner}/{repo}"].archive(sha)

    def _who(self, headers: dict[str, str], name: str) -> dict[str, Any]:
        scheme, _, credential = headers.get("authorization", "").partition(" ")
        if name.startswith("apps/"):
            try:
                claims = jwt.decode(credential, self.public_key, algorithms=["RS256"])
            except jwt.PyJWTError as error:
                raise Refused(401, f"A JSON web token could not be decoded: {error}") from None
            if str(claims["iss"]) != self.app_id or claims["exp"] - claims["iat"] > 600:
                raise Refused(401, "bad claims")
            return {"login": f"{self.slug}[bot]"}
        who = self.store.tokens.get(credential)
        if scheme.lower() not in ("bearer", "token") or who is None or who["ends"] < self.clock():
            raise Refused(401, "Bad credentials")
        if self.limit is not None:
            self.limit -= 1
            if self.limit < 0:
                reset = str(int(self.clock()) + 2)
                raise Refused(
                    403, "API rate limit exceeded", **{"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
                )
        what, level = NEEDS.get(name, ("metadata", "read"))
        has = who["permissions"].get(what)
        if has is None or (level == "write" and has != "write"):
            raise Refused(403, "Resource not accessible by integration")
        return who

    def _paced(self, name: str) -> None:
        self.writes.append(time.monotonic())
        recent = [at for at in self.writes if at > self.writes[-1] - 60]
        if name in CONTENT and len(recent) > 80 and self.limit is not None:
            raise Refused(403, "You have exceeded a secondary rate limit", **{"retry-after": "1"})

    def _repo(self, given: dict[str, str]) -> Repo:
        found = self.store.repos.get(f"{given['owner']}/{given['repo']}")
        if found is None:
            raise Refused(404, "Not Found")
        return found

    def _reachable(self, given: dict[str, str], who: dict[str, Any], write: bool = False) -> Repo:
        repo = self._repo(given)
        if who.get("repositories") is not None and repo.id not in who["repositories"] and write:
            raise Refused(403, "Resource not accessible by integration")
        return repo

    def _pull(self, given: dict[str, str], key: str = "pull_number") -> Pull:
        found = self.store.pulls.get((f"{given['owner']}/{given['repo']}", int(given[key])))
        if found is None:
            raise Refused(404, "Not Found")
        return found

    def _time(self) -> str:
        return datetime.fromtimestamp(self.clock(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _user(self, login: str) -> dict[str, Any]:
        user = copy.deepcopy(examples()["issues/list-comments"][0]["user"])
        kind = "Bot" if login.endswith("[bot]") else "User"
        return user | {"login": login, "type": kind, "id": 1 + sum(login.encode())}

    @staticmethod
    def _page(items: list[Any], query: dict[str, str]) -> list[Any]:
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        if size > 100:
            raise Refused(422, "per_page is at most 100")
        return items[(page - 1) * size : page * size]

    # -- the App

    def apps_get_authenticated(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        return 200, examples()["apps/get-authenticated"] | {"slug": self.slug, "id": int(self.app_id)}

    def apps_create_installation_access_token(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        if int(given["installation_id"]) != self.installation:
            raise Refused(404, "Not Found")
        asked = data.get("permissions") or self.grants
        for what, level in asked.items():
            if level not in ("read", self.grants.get(what)) or what not in self.grants:
                raise Refused(422, "The permissions requested are not granted to this installation.")
        token = self.token(asked, f"{self.slug}[bot]")
        self.store.tokens[token]["repositories"] = data.get("repository_ids")
        ends = datetime.fromtimestamp(self.store.tokens[token]["ends"], timezone.utc)
        return 201, {
            "token": token, "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "permissions": asked, "repository_selection": "selected",
        }  # fmt: skip

    def apps_list_webhook_deliveries(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        start, size = int(query.get("cursor", "v1_0").removeprefix("v1_")), int(query.get("per_page", 30))
        if start + size < len(self.store.deliveries):
            following = f"https://api.github.com/app/hook/deliveries?per_page={size}&cursor=v1_{start + size}"
            self.link = f'<{following}>; rel="next"'
        return 200, self.store.deliveries[start : start + size]

    def apps_redeliver_webhook_delivery(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        self.redelivered.append(int(given["delivery_id"]))
        return 202, {}

    def users_get_authenticated(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        if who["login"].endswith("[bot]"):
            raise Refused(403, "Resource not accessible by integration")
        return 200, examples()["users/get-authenticated"] | {"login": who["login"]}

    # -- pull requests

    def pulls_get(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        return 200, self.pull_data(self._pull(given))

    def pull_data(self, pull: Pull) -> dict[str, Any]:
        """A pull request as the REST API shows it."""
        one = copy.deepcopy(examples()["pulls/get"])
        one |= {
            "number": pull.number, "state": pull.state, "draft": pull.draft, "title": "a change",
            "user": self._user(pull.author) | {"type": pull.author_type},
            "maintainer_can_modify": pull.editable, "updated_at": self._time(),
        }  # fmt: skip
        # GitHub's own example lacks the type of its team.
        one["requested_teams"] = []
        for side, repo, ref, sha in (
            ("head", pull.head_repo, pull.head_ref, pull.head),
            ("base", pull.repo, pull.base_ref, pull.base),
        ):
            shape = one[side]
            shape |= {"ref": ref, "sha": sha, "label": f"x:{ref}"}
            if repo is None:
                shape["repo"] = None
            else:
                shape["repo"] |= {"full_name": repo.name, "name": repo.name.split("/")[1], "id": repo.id}
        return one

    def pulls_list(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        repo = self._repo(given)
        found = []
        for pull in self.store.pulls.values():
            owner = pull.head_repo.name.split("/")[0] if pull.head_repo else ""
            wanted = query.get("head", f"{owner}:{pull.head_ref}") == f"{owner}:{pull.head_ref}"
            if pull.repo is repo and pull.state == "open" and wanted:
                shape = copy.deepcopy(examples()["pulls/list"][0])
                full = self.pull_data(pull)
                shape |= {name: full[name] for name in ("number", "state", "draft", "head", "base", "requested_teams")}
                found.append(shape)
        return 200, self._page(found, query)

    def pulls_list_files(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        return 200, self._page(self._pull(given).files()[:3000], query)

    def pulls_list_review_comments(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        pull = self._pull(given)
        mine = [one for one in self.store.review_comments if one["_pull"] == (pull.repo.name, pull.number)]
        return 200, [_bare(one) for one in self._page(mine, query)]

    def pulls_list_reviews(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        pull = self._pull(given)
        mine = [one for one in self.store.reviews if one["_pull"] == (pull.repo.name, pull.number)]
        return 200, [_bare(one) for one in self._page(mine, query)]

    def pulls_create_review(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        pull = self._pull(given)
        self._reachable(given, who, write=True)
        self._bounded(data.get("body", ""))
        if data.get("event") in ("COMMENT", "REQUEST_CHANGES") and not data.get("body"):
            raise Refused(422, "Unprocessable Entity: body is required with this event")
        if data.get("commit_id", pull.head) not in pull.repo.ancestors(pull.head):
            raise Refused(422, "Unprocessable Entity: commit_id is not part of the pull request")
        made = []
        for comment in data.get("comments", []):
            self._bounded(comment["body"])
            self._in_diff(pull, comment)
            made.append(comment)
        ident = next(self.store.ids)
        key = (pull.repo.name, pull.number)
        review = copy.deepcopy(examples()["pulls/create-review"])
        review |= {
            "id": ident, "body": data.get("body", ""), "state": "COMMENTED", "user": self._user(who["login"]),
            "commit_id": data.get("commit_id", pull.head), "_pull": key,
        }  # fmt: skip
        self.store.reviews.append(review)
        for comment in made:
            one = copy.deepcopy(examples()["pulls/list-review-comments"][0])
            one |= {
                "id": next(self.store.ids), "body": comment["body"], "path": comment["path"], "line": comment["line"],
                "start_line": comment.get("start_line"), "side": comment.get("side", "RIGHT"),
                "start_side": comment.get("start_side"), "user": self._user(who["login"]),
                "commit_id": review["commit_id"], "pull_request_review_id": ident, "_pull": key,
            }  # fmt: skip
            for name in ("in_reply_to_id", *(("start_side",) if one["start_side"] is None else ())):
                one.pop(name, None)
            self.store.review_comments.append(one)
        return 200, _bare(review)

    def _in_diff(self, pull: Pull, comment: dict[str, Any]) -> None:
        """GitHub refuses the whole review if a line of a comment is not shown, or its start is in another hunk."""
        file = next((one for one in pull.files() if one["filename"] == comment["path"]), None)
        if file is None or "patch" not in file:
            raise Refused(422, "Unprocessable Entity: pull_request_review_thread.path could not be resolved")
        shown = _shown(file["patch"])
        where = shown.get(comment["line"])
        if where is None:
            raise Refused(422, "Unprocessable Entity: pull_request_review_thread.line must be part of the diff")
        start = comment.get("start_line")
        if start is not None:
            if start >= comment["line"]:
                raise Refused(422, "Unprocessable Entity: start_line must precede the end line")
            if shown.get(start) != where:
                raise Refused(
                    422, "Unprocessable Entity: pull_request_review_thread.start_line must be part of the same hunk"
                )

    def pulls_update_review_comment(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        return 200, _bare(self._edited(self.store.review_comments, int(given["comment_id"]), data, who))

    # -- comments

    def issues_list_comments(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        pull = self._pull(given, "issue_number")
        mine = [one for one in self.store.comments if one["_pull"] == (pull.repo.name, pull.number)]
        return 200, [_bare(one) for one in self._page(mine, query)]

    def issues_create_comment(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        pull = self._pull(given, "issue_number")
        self._reachable(given, who, write=True)
        return 201, _bare(self.comment(pull, who["login"], data["body"]))

    def comment(self, pull: Pull, login: str, body: str) -> dict[str, Any]:
        """Somebody says something on a pull request."""
        self._bounded(body)
        one = copy.deepcopy(examples()["issues/list-comments"][0])
        now = self._time()
        one |= {
            "id": next(self.store.ids), "body": body, "user": self._user(login), "created_at": now, "updated_at": now,
            "_pull": (pull.repo.name, pull.number),
        }  # fmt: skip
        self.store.comments.append(one)
        return one

    def issues_update_comment(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        return 200, _bare(self._edited(self.store.comments, int(given["comment_id"]), data, who))

    def _edited(self, items: list[dict[str, Any]], ident: int, data: Any, who: Any) -> dict[str, Any]:
        one = next((item for item in items if item["id"] == ident), None)
        if one is None:
            raise Refused(404, "Not Found")
        if one["user"]["login"] != who["login"]:
            raise Refused(403, "Must have admin rights to edit somebody else's comment")
        self._bounded(data["body"])
        one["body"] = data["body"]
        return one

    def reactions_create_for_issue_comment(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        return self._reacted("comments", self.store.comments, given, data, who)

    def reactions_create_for_pull_request_review_comment(
        self, given: Any, query: Any, data: Any, who: Any
    ) -> tuple[int, Any]:
        return self._reacted("review_comments", self.store.review_comments, given, data, who)

    def _reacted(self, kind: str, items: Any, given: Any, data: Any, who: Any) -> tuple[int, Any]:
        ident = int(given["comment_id"])
        if not any(item["id"] == ident for item in items):
            raise Refused(404, "Not Found")
        key = (kind, ident, data["content"], who["login"])
        there = key in self.store.reactions
        if not there:
            self.store.reactions.append(key)
        shape = copy.deepcopy(examples()["reactions/create-for-issue-comment"])
        return (200 if there else 201), shape | {"content": data["content"], "user": self._user(who["login"])}

    @staticmethod
    def _bounded(body: str) -> None:
        if len(body) > MAX_BODY:
            raise Refused(422, "Validation Failed: body is too long (maximum is 65536 characters)")
        if "\0" in body:
            raise Refused(422, "Validation Failed: body contains a null character")

    # -- checks

    def checks_list_for_ref(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        found = [
            one for one in self.store.checks
            if one["head_sha"] == given["ref"] and query.get("check_name", one["name"]) == one["name"]
        ]  # fmt: skip
        if query.get("filter", "latest") == "latest":
            found = found[-1:]
        return 200, {"total_count": len(found), "check_runs": [_bare(one) for one in self._page(found, query)]}

    def checks_create(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        repo = self._reachable(given, who, write=True)
        if data["head_sha"] not in repo.commits:
            raise Refused(422, f"No commit found for SHA: {data['head_sha']}")
        one = copy.deepcopy(examples()["checks/create"])
        slug = who["login"].removesuffix("[bot]")
        one |= {
            "id": next(self.store.ids), "name": data["name"], "head_sha": data["head_sha"], "external_id": "",
            "status": "queued", "conclusion": None, "started_at": self._time(), "completed_at": None,
            "app": one["app"] | {"slug": slug}, "pull_requests": [], "_notes": [], "_actions": [],
            "output": {"title": None, "summary": None, "text": None, "annotations_count": 0, "annotations_url": "https://x"},
        }  # fmt: skip
        self._check(one, data)
        self.store.checks.append(one)
        return 201, _bare(one)

    def checks_update(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        ident = int(given["check_run_id"])
        one = next((item for item in self.store.checks if item["id"] == ident), None)
        if one is None:
            raise Refused(404, "Not Found")
        if one["app"]["slug"] != who["login"].removesuffix("[bot]"):
            raise Refused(403, "Invalid app_id: this check run belongs to another app")
        self._check(one, data)
        return 200, _bare(one)

    def _check(self, one: dict[str, Any], data: dict[str, Any]) -> None:
        status = "completed" if "conclusion" in data else data.get("status", one["status"])
        if status == "completed" and not data.get("conclusion", one["conclusion"]):
            raise Refused(422, "Invalid request: conclusion is required when status is completed")
        output = data.get("output", {})
        notes = output.get("annotations", [])
        if len(notes) > 50:
            raise Refused(422, "Invalid request: no more than 50 annotations")
        for name in ("summary", "text"):
            if len((output.get(name) or "").encode()) > 65_535 * 2 or len(output.get(name) or "") > 65_535:
                raise Refused(422, f"Invalid request: {name} exceeds a maximum bytesize of 65535")
        if len(data.get("actions", [])) > 3:
            raise Refused(422, "Invalid request: no more than 3 actions")
        one["status"] = status
        for name in ("conclusion", "external_id", "name"):
            one[name] = data.get(name, one[name])
        if status == "completed":
            one["completed_at"] = self._time()
        one["_notes"] += notes
        one["_actions"] = data.get("actions", one["_actions"])
        given = {name: output[name] for name in ("title", "summary", "text") if name in output}
        one["output"] |= given | {"annotations_count": len(one["_notes"])}

    # -- contents and git

    def repos_get_collaborator_permission_level(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        level = self._repo(given).people.get(given["username"], "read")
        legacy = {"maintain": "write", "triage": "read"}.get(level, level)
        shape = copy.deepcopy(examples()["repos/get-collaborator-permission-level"])
        shape["user"] |= {"login": given["username"], "role_name": level}
        return 200, shape | {"permission": legacy, "role_name": level}

    def repos_get_content(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        repo = self._repo(given)
        commit = self._commit(repo, query.get("ref", "main"))
        content = commit.tree.get(given["path"])
        if content is None:
            raise Refused(404, "Not Found")
        return 200, content

    def repos_download_tarball_archive(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        repo = self._repo(given)
        commit = self._commit(repo, given["ref"])
        return 302, f"{self.codeload}/codeload/{repo.name}/{commit.sha}"

    def git_get_tree(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        commit = self._commit(self._repo(given), given["tree_sha"])
        entries = [
            {"path": path, "mode": "100644", "type": "blob", "sha": blob_sha(content), "size": len(content), "url": "https://x"}
            for path, content in sorted(commit.tree.items())
        ]  # fmt: skip
        return 200, {"sha": commit.tree_sha, "url": "https://x", "tree": entries, "truncated": False}

    def git_get_ref(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        repo = self._repo(given)
        branch = given["ref"].removeprefix("heads/")
        if branch not in repo.refs:
            raise Refused(404, "Not Found")
        return 200, self._ref(repo, branch)

    def _ref(self, repo: Repo, branch: str) -> dict[str, Any]:
        shape = copy.deepcopy(examples()["git/get-ref"])
        shape["ref"] = f"refs/heads/{branch}"
        shape["object"]["sha"] = repo.refs[branch]
        return shape

    def git_get_commit(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        return 200, self._commit_data(self._commit(self._repo(given), given["commit_sha"]))

    def _commit_data(self, commit: Commit) -> dict[str, Any]:
        shape = copy.deepcopy(examples()["git/get-commit"])
        shape |= {"sha": commit.sha, "message": commit.message}
        shape["tree"]["sha"] = commit.tree_sha
        shape["parents"] = [{"sha": sha, "url": "https://x", "html_url": "https://x"} for sha in commit.parents]
        return shape

    def _commit(self, repo: Repo, ref: str) -> Commit:
        found = repo.commits.get(ref) or repo.commits.get(repo.refs.get(ref, ""))
        if found is None:
            raise Refused(404, "Not Found")
        return found

    def git_create_blob(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        self._pushing(given, who)
        raw = (
            base64.b64decode(data["content"], validate=True)
            if data["encoding"] == "base64"
            else data["content"].encode()
        )
        self.store.blobs[blob_sha(raw)] = raw
        return 201, {"url": "https://api.github.com/x", "sha": blob_sha(raw)}

    def git_create_tree(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        repo = self._pushing(given, who)
        base = next((one for one in repo.commits.values() if one.tree_sha == data.get("base_tree")), None)
        if base is None:
            raise Refused(422, "base_tree is not a valid tree")
        tree = dict(base.tree)
        for entry in data["tree"]:
            if entry["sha"] not in self.store.blobs:
                raise Refused(422, "tree.sha is not a valid blob")
            tree[entry["path"]] = self.store.blobs[entry["sha"]]
        sha = sha_of(sorted((path, blob_sha(content)) for path, content in tree.items()))
        self.store.trees[sha] = tree
        shape = copy.deepcopy(examples()["git/create-tree"])
        return 201, shape | {"sha": sha}

    def git_create_commit(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        repo = self._pushing(given, who)
        if data["tree"] not in self.store.trees or any(sha not in repo.commits for sha in data["parents"]):
            raise Refused(422, "Tree SHA does not exist")
        sha = sha_of("commit", data["tree"], data["parents"], data["message"])
        commit = Commit(sha, self.store.trees[data["tree"]], tuple(data["parents"]), data["message"])
        repo.commits[sha] = commit
        return 201, self._commit_data(commit)

    def git_update_ref(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        repo = self._pushing(given, who)
        branch = given["ref"].removeprefix("heads/")
        if branch not in repo.refs:
            raise Refused(422, "Reference does not exist")
        if data.get("force"):
            raise Violation("the bot must never force")
        if repo.refs[branch] not in repo.ancestors(data["sha"]):
            raise Refused(422, "Update is not a fast forward")
        repo.refs[branch] = data["sha"]
        return 200, self._ref(repo, branch)

    def _pushing(self, given: dict[str, str], who: dict[str, Any]) -> Repo:
        repo = self._reachable(given, who, write=True)
        if who["repositories"] is None and repo.fork_of is not None:
            raise Refused(403, "Resource not accessible by integration")
        return repo

    def code_scanning_upload_sarif(self, given: Any, query: Any, data: Any, who: Any) -> tuple[int, Any]:
        self.store.sarifs.append(data)
        return 202, {"id": "47177e22-5596-11eb-80a1-c1e54ef945c6", "url": "https://api.github.com/x"}


def _bare(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in ("_pull", "_notes", "_actions")}


def _shown(patch: str) -> dict[int, int]:
    """The lines of the new file that a diff shows, each with its hunk."""
    import re

    shown: dict[int, int] = {}
    hunk = number = 0
    for line in patch.split("\n"):
        head = re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
        if head:
            hunk, number = hunk + 1, int(head[1])
        elif line[:1] in (" ", "+"):
            shown[number] = hunk
            number += 1
    return shown
