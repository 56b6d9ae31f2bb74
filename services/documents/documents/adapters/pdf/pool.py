"""Worker processes that render, each with one document in hand. This process never imports xhtml2pdf.

A document that crashes its worker, takes too long or too much, costs that worker and nothing else: workers share no
executor. The next one is a fork of a process that has imported all it needs, and so costs milliseconds.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import active_children, forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog

from chassis.failpoints import crossing
from chassis.job_worker import Unavailable
from documents.adapters.pdf import fonts, worker
from documents.adapters.pdf.limits import OVER, RenderLimits, ended_over, is_refused_memory
from documents.domain.documents.document import SheetKind
from documents.domain.looks.logo import LogoInvalid, Picture
from documents.facts import PLAIN_LOOK, Look
from documents.usecases.ports import RenderFailed
from documents.usecases.rendered_pdf import RenderedPdf

R = TypeVar("R")
log = structlog.get_logger(__name__)
TEMPLATE = "documents.adapters.pdf.template_process"
"""By name: this process does not import it."""
START_WITHIN_S = 180.0
END_WITHIN_S = 5.0
LOOK_EVERY_S = 0.01
MEMORY_LOOK_EVERY_S = 0.5


class RendererUnavailable(Unavailable):
    """No worker process could be started: nothing is wrong with the document."""


class RenderPool:
    """Worker processes, started when they are needed and replaced after `renders_a_process` documents."""

    def __init__(
        self, font_dir: Path, *, processes: int, renders_a_process: int, timeout_s: float, limits: RenderLimits
    ) -> None:
        self._font_dir = font_dir
        self._timeout_s = timeout_s
        self._workers = [_Worker(renders_a_process, limits) for _ in range(processes)]
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()

    async def start(self) -> None:
        """Workers start with their first document; what they are forked of imports from now on, by itself."""
        forkserver.set_forkserver_preload([TEMPLATE])
        forkserver.ensure_running()
        for free in self._workers:
            self._free.put_nowait(free)

    async def stop(self) -> None:
        """Ends the workers, also in the midst of a document, and what they are forked of."""
        for running in self._workers:
            running.end()
        await asyncio.to_thread(_end_template)

    async def render(self, kind: SheetKind, facts: bytes, look: Look = PLAIN_LOOK) -> RenderedPdf:
        """Raises RenderFailed and RendererUnavailable."""
        return await self._do(worker.render, kind, facts, self._timeout_s, look)

    async def picture_of(self, content: bytes) -> Picture:
        """Raises LogoInvalid and RendererUnavailable."""
        try:
            return await self._do(worker.picture_of, content)
        except RenderFailed as failure:
            raise LogoInvalid(f"cannot be drawn: {failure.reason}") from None

    async def _do(self, work: Callable[..., R], *arguments: object) -> R:
        try:
            await fonts.ensure(self._font_dir)
        except fonts.FontsFailed as error:
            raise RendererUnavailable(str(error)) from None
        free = await self._free.get()
        try:
            return await free.do(self._font_dir, self._timeout_s, work, *arguments)
        finally:
            self._free.put_nowait(free)


def _end_template() -> None:
    """Returns when it has ended: of itself it would, some time after this process. There is no public way."""
    server = cast(Any, forkserver)._forkserver
    if server._forkserver_pid is not None:
        with suppress(ProcessLookupError):
            os.kill(server._forkserver_pid, signal.SIGKILL)
        server._stop()


class _Worker:
    """One process at a time. An executor of its own, since a crash breaks all that an executor has in hand."""

    def __init__(self, renders: int, limits: RenderLimits) -> None:
        self._renders = renders
        self._limits = limits
        self._left = 0
        self._executor: ProcessPoolExecutor | None = None
        self._pid: int | None = None
        self._process: BaseProcess | None = None

    async def do(self, font_dir: Path, timeout_s: float, work: Callable[..., R], *arguments: object) -> R:
        if self._executor is None or self._left <= 0:
            self.end()
            await self._start(font_dir)
        self._left -= 1
        try:
            return await self._submit(timeout_s, work, *arguments)
        except worker.CannotRender as error:
            raise RenderFailed(f"render-error-{error}") from None
        except worker.OutOfMemory:
            self.end()
            raise RenderFailed(OVER["memory"], final=True) from None
        except BrokenProcessPool:
            over = ended_over(await self._exit_code())
            self.end()
            raise (RenderFailed(OVER[over], final=True) if over else RenderFailed("render-crashed")) from None
        except TimeoutError:
            self.end()
            raise RenderFailed("render-timed-out") from None
        except asyncio.CancelledError:
            self.end()
            raise

    async def _submit(self, timeout_s: float, work: Callable[..., R], *arguments: object) -> R:
        if self._executor is None or self._pid is None:
            raise RendererUnavailable("no worker process")
        rendering = asyncio.wrap_future(self._executor.submit(work, *arguments))
        crossing("mid-render")
        try:
            async with asyncio.timeout(timeout_s):
                while not (await asyncio.wait({rendering}, timeout=MEMORY_LOOK_EVERY_S))[0]:
                    if is_refused_memory(self._pid):
                        raise worker.OutOfMemory
                return await rendering
        finally:
            rendering.cancel()

    async def _start(self, font_dir: Path) -> None:
        executor = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("forkserver"),
            initializer=worker.start,
            initargs=(font_dir, self._limits),
        )
        try:
            async with asyncio.timeout(START_WITHIN_S):
                self._pid = await asyncio.wrap_future(executor.submit(os.getpid))
        except (BrokenProcessPool, TimeoutError) as error:
            executor.shutdown(wait=False, cancel_futures=True)
            raise RendererUnavailable(type(error).__name__) from None
        self._executor, self._left = executor, self._renders
        self._process = next((child for child in active_children() if child.pid == self._pid), None)
        log.info("render-process-started", pid=self._pid)

    async def _exit_code(self) -> int | None:
        """Of the process that has just ended: whose thread reaps it, the executor's or this one, is a race."""
        with suppress(TimeoutError):
            async with asyncio.timeout(END_WITHIN_S):
                while self._process is not None and self._process.exitcode is None:
                    await asyncio.sleep(LOOK_EVERY_S)
        return None if self._process is None else self._process.exitcode

    def end(self) -> None:
        """An executor cannot interrupt what it runs, so the process is killed."""
        if self._executor is not None and self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._pid = self._process = None
