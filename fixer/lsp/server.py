"""The language server: diagnostics as one types, quick fixes, the rule's page on hover; files and notebooks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.server import LanguageServer

from fixer import __version__
from fixer.config import BadSettings, settings_for
from fixer.findings import Applicability, Finding
from fixer.limits import SECONDS
from fixer.lsp import convert
from fixer.lsp.convert import Part
from fixer.lsp.jobs import Answer, Document, Job, Texts
from fixer.lsp.worker import Failed, Worker

DELAY = 0.25
"""Seconds without a keystroke before a document is read again."""
GRACE = 3.0
"""Seconds that the worker may take beyond the time limit of a document before it is ended."""

FIX_ALL = "source.fixAll.fixer"
FIX_UNSAFE = "source.fixer.unsafe"
_KINDS = [lsp.CodeActionKind.QuickFix, FIX_ALL, FIX_UNSAFE]


@dataclass
class Open:
    """An open file or notebook: its last answer, with the texts it was about, and the repairs that were asked for."""

    task: asyncio.Task[None] | None = None
    parts: dict[int, Part] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    repairs: dict[tuple[str, Finding | None, bool], Texts | None] = field(default_factory=dict)


class Server(LanguageServer):
    """What is open, and the process that does the work."""

    def __init__(self) -> None:
        cells = lsp.NotebookDocumentFilterWithCells([lsp.NotebookCellLanguage("python")])
        super().__init__(
            "training-fixer",
            __version__,
            text_document_sync_kind=lsp.TextDocumentSyncKind.Full,
            notebook_document_sync=lsp.NotebookDocumentSyncOptions([cells]),
        )
        self.worker = Worker()
        self.open: dict[str, Open] = {}
        self.told: set[str] = set()

    def units(self, text: str) -> int:
        """The length of a text as the editor counts it."""
        found: int = self.workspace.position_codec.client_num_units(text)
        return found

    def parts(self, uri: str) -> dict[int, Part]:
        """The texts of an open file (as 0), or of the code cells of a notebook by number (from 1, all counted)."""
        notebook = self.workspace.get_notebook_document(notebook_uri=uri)
        if notebook is None:
            return {0: self._part(uri)}
        code = [(n, cell) for n, cell in enumerate(notebook.cells, 1) if cell.kind == lsp.NotebookCellKind.Code]
        known = self.workspace.text_documents
        return {n: self._part(cell.document) for n, cell in code if _unquoted(cell.document) in known}

    def _part(self, uri: str) -> Part:
        document = self.workspace.get_text_document(uri)
        return Part(uri, document.source, document.version)

    def document(self, uri: str, parts: dict[int, Part]) -> Document:
        """The same for the worker."""
        path = _path(uri)
        notebook = self.workspace.get_notebook_document(notebook_uri=uri)
        if notebook is None:
            return Document(path, parts[0].text)
        path = path if path.endswith(".ipynb") else f"{path}.ipynb"
        numbers = range(1, len(notebook.cells) + 1)
        return Document(path, cells=tuple(parts[n].text if n in parts else None for n in numbers))

    def owner(self, uri: str) -> str:
        """The open file or notebook that a text document belongs to."""
        notebook = self.workspace.get_notebook_document(cell_uri=uri)
        return uri if notebook is None else notebook.uri

    def later(self, uri: str, delay: float = DELAY) -> None:
        """Read a document again, unless it changes meanwhile."""
        known = self.open.setdefault(uri, Open())
        if known.task is not None:
            known.task.cancel()
        known.task = asyncio.get_running_loop().create_task(self._check(uri, known, delay))

    async def _check(self, uri: str, known: Open, delay: float) -> None:
        await asyncio.sleep(delay)
        parts = self.parts(uri)
        document = self.document(uri, parts)
        answer = await self.ask(Job("check", document))
        if self.parts(uri) != parts:
            return  # another check is on its way
        known.parts, known.findings, known.repairs = parts, answer.findings, {}
        self._publish(document, parts, answer)

    async def ask(self, job: Job) -> Answer:
        """The worker's answer; if it has none, one that says so."""
        try:
            seconds = settings_for(job.document.path).time_limit or SECONDS
        except BadSettings:
            seconds = SECONDS
        try:
            return await self.worker.ask(job, seconds + GRACE)
        except Failed as error:
            from fixer.findings import Problem

            return Answer(problems=(Problem(job.document.path, f"{error}; please report it with this file"),))

    def _publish(self, document: Document, parts: dict[int, Part], answer: Answer) -> None:
        capabilities = self.client_capabilities.text_document
        shown = capabilities.publish_diagnostics if capabilities else None
        related = bool(shown and shown.related_information)
        first = min(parts, default=0)
        found: dict[int, list[lsp.Diagnostic]] = {number: [] for number in parts}
        for finding in answer.findings:
            number = finding.cell or 0
            if number in parts:
                found[number].append(convert.diagnostic(finding, parts[number], parts, self.units, related))
        for problem in answer.problems:
            if problem.path == document.path and first in found:
                found[first].append(convert.problem(problem))
            elif problem.path != document.path:
                self.tell(f"{problem.path}{f':{problem.line}' if problem.line else ''}: {problem.message}")
        for number, part in parts.items():
            self.text_document_publish_diagnostics(
                lsp.PublishDiagnosticsParams(part.uri, found[number], version=part.version)
            )

    def tell(self, text: str) -> None:
        """Show a message, once."""
        if text not in self.told:
            self.told.add(text)
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Warning, f"fixer: {text}"))

    def close(self, uri: str, parts: list[str]) -> None:
        """Forget a document, and what was said of it."""
        known = self.open.pop(uri, None)
        if known is not None and known.task is not None:
            known.task.cancel()
        for part in parts:
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(part, []))

    def all_later(self) -> None:
        """Read everything again: settings or an imported module changed."""
        self.told.clear()
        for uri in list(self.open):
            self.later(uri)

    async def actions(self, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """The repairs for what stands in a range, the preferred one first."""
        uri = params.text_document.uri
        known = self.open.get(self.owner(uri))
        if known is None or known.parts != self.parts(self.owner(uri)):
            return []  # being read again: lines may have moved
        wanted = params.context.only
        made: list[lsp.CodeAction] = []
        number = next((n for n, part in known.parts.items() if part.uri == uri), 0)
        here = [found for found in known.findings if (found.cell or 0) == number]
        if _asked(lsp.CodeActionKind.QuickFix, wanted):
            for finding in here:
                place = convert.range_of(finding, known.parts[number].text, self.units)
                if place.start.line <= params.range.end.line and params.range.start.line <= place.end.line:
                    made += [action async for action in self._of_one(self.owner(uri), known, finding)]
        if known.findings:
            for kind, unsafe, title in (
                (FIX_ALL, False, "Fix all that is safe to fix (fixer)"),
                (FIX_UNSAFE, True, "Fix all, unsafe included: look at the result (fixer)"),
            ):
                if _asked(kind, wanted) and _fixable(known.findings, unsafe):
                    edit = await self._edit(self.owner(uri), known, "all", None, unsafe)
                    made += [lsp.CodeAction(title, kind=kind, edit=edit)] if edit else []
        return made

    async def _of_one(self, uri: str, known: Open, finding: Finding) -> AsyncIterator[lsp.CodeAction]:
        """The repair of one finding, and the comment that silences it."""
        part = known.parts[finding.cell or 0]
        about = [convert.diagnostic(finding, part, known.parts, self.units, False)]
        safe = finding.fix.applicability is Applicability.SAFE
        edit = await self._edit(uri, known, "repair", finding, True)
        if edit is not None:
            title = f"{finding.fix.summary} ({finding.rule})"
            title = title if safe else f"Unsafe: {title}"
            yield lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, about, is_preferred=safe or None, edit=edit)
        edit = await self._edit(uri, known, "ignore", finding, False)
        if edit is not None:
            title = f"Ignore this finding: # fixer: ignore[{finding.rule}]"
            yield lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, about, edit=edit)

    async def _edit(
        self, uri: str, known: Open, what: str, finding: Finding | None, unsafe: bool
    ) -> lsp.WorkspaceEdit | None:
        """A repair as an edit, worked out once for each state of the document; None if there is none."""
        key = (what, finding, unsafe)
        repairs, parts = known.repairs, known.parts
        if key not in repairs:
            answer = await self.ask(Job(what, self.document(uri, parts), finding, unsafe))
            repairs[key] = answer.texts
        texts = repairs[key]
        if not texts or not set(texts) <= set(parts):
            return None
        workspace = self.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace else None
        return convert.workspace_edit(texts, parts, self.units, bool(edits and edits.document_changes))

    def hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        """The page of the rule whose finding stands there."""
        from fixer.rules import page

        uri = params.text_document.uri
        known = self.open.get(self.owner(uri))
        for place, finding in self._here(uri, known) if known else ():
            if place.start.line <= params.position.line <= place.end.line and (
                place.start.line != place.end.line
                or place.start.character <= params.position.character <= place.end.character
            ):
                text = f"**{finding.message}**\n\n{convert.fix_in_words(finding)}\n\n---\n\n{page(finding.rule)}"
                return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), place)
        return None

    def _here(self, uri: str, known: Open) -> Iterator[tuple[lsp.Range, Finding]]:
        for finding in known.findings:
            part = known.parts.get(finding.cell or 0)
            if part is not None and part.uri == uri:
                yield convert.range_of(finding, part.text, self.units), finding


def _fixable(findings: tuple[Finding, ...], unsafe: bool) -> bool:
    kinds = {finding.fix.applicability for finding in findings}
    return Applicability.UNSAFE in kinds if unsafe else Applicability.SAFE in kinds


def _asked(kind: str, only: object) -> bool:
    """Whether an editor that asks for ``only`` some kinds of actions wants this one (a kind includes its own kinds)."""
    if not only:
        return True
    assert isinstance(only, (list, tuple))
    return any(kind == str(_value(one)) or kind.startswith(f"{_value(one)}.") for one in only)


def _value(kind: object) -> object:
    return getattr(kind, "value", kind)


def _path(uri: str) -> str:
    """The path of a document; one that was never saved counts as a Python file in the working directory."""
    path = uris.to_fs_path(uri) if uri.startswith("file:") else None
    if path:
        return path
    name = "".join(c if c.isalnum() else "-" for c in uri.rpartition("/")[2].rpartition(":")[2])
    return f"{name or 'untitled'}.py"


def _unquoted(uri: str) -> str:
    from urllib.parse import unquote

    return unquote(uri)


def make() -> Server:
    """The server with all it can do."""
    server = Server()

    @server.feature(lsp.INITIALIZE)
    def _(params: lsp.InitializeParams) -> None:
        # Editors send whole files, but single changes of cells, whatever is asked for.
        server.workspace._sync_kind = lsp.TextDocumentSyncKind.Incremental

    @server.feature(lsp.INITIALIZED)
    async def _(params: lsp.InitializedParams) -> None:
        workspace = server.client_capabilities.workspace
        watched = workspace.did_change_watched_files if workspace else None
        if watched and watched.dynamic_registration:
            globs = [lsp.FileSystemWatcher(glob) for glob in ("**/pyproject.toml", "**/*.py")]
            options = lsp.DidChangeWatchedFilesRegistrationOptions(globs)
            registration = lsp.Registration("fixer-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await server.client_register_capability_async(lsp.RegistrationParams([registration]))

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def _(params: lsp.DidOpenTextDocumentParams) -> None:
        server.later(params.text_document.uri, 0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: lsp.DidChangeTextDocumentParams) -> None:
        server.later(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def _(params: lsp.DidSaveTextDocumentParams) -> None:
        server.all_later()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _(params: lsp.DidChangeWatchedFilesParams) -> None:
        server.all_later()

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: lsp.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri, [params.text_document.uri])

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_OPEN)
    def _(params: lsp.DidOpenNotebookDocumentParams) -> None:
        server.later(params.notebook_document.uri, 0)

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def _(params: lsp.DidChangeNotebookDocumentParams) -> None:
        cells = params.change.cells
        gone = cells.structure.did_close or [] if cells and cells.structure else []
        for cell in gone:
            server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(cell.uri, []))
        server.later(params.notebook_document.uri)

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def _(params: lsp.DidCloseNotebookDocumentParams) -> None:
        server.close(params.notebook_document.uri, [cell.uri for cell in params.cell_text_documents])

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=_KINDS))
    async def _(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return await server.actions(params)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _(params: lsp.HoverParams) -> lsp.Hover | None:
        return server.hover(params)

    @server.feature(lsp.SHUTDOWN)
    async def _(params: None) -> None:
        await server.worker.stop()

    return server


def run() -> int:
    """Serve one editor over standard input and output, until it goes."""
    logging.basicConfig(level=logging.ERROR, format="fixer lsp: %(message)s")
    make().start_io()
    return 0
