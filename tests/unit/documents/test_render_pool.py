"""Worker processes, real ones.

What they are forked of is a fork itself where no memory is counted, which saves it two seconds of imports.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing import active_children, util
from pathlib import Path

import pytest
from documents.adapters.pdf.limits import RenderLimits, is_refused_memory
from documents.adapters.pdf.pool import RenderPool
from documents.usecases.ports import RenderFailed

from tests.parts.patience import until
from tests.parts.warm import spawned_warm
from tests.unit.documents.samples import facts_of, invoice

SMALL = facts_of(invoice())
SOME = facts_of(invoice(lines=600))
"""Of some pages: under way for a while."""
LARGE = facts_of(invoice(lines=2000))
"""Takes more than a second of a core."""
HUGE = facts_of(invoice(lines=2500))
AMPLE = RenderLimits(cpu_s=120, memory_mb=1024)


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "spawnv_passfds", spawned_warm(util.spawnv_passfds))


@asynccontextmanager
async def pool(
    font_dir: Path, *, timeout_s: float = 600.0, renders: int = 100, limits: RenderLimits = AMPLE
) -> AsyncIterator[RenderPool]:
    running = RenderPool(font_dir, processes=1, renders_a_process=renders, timeout_s=timeout_s, limits=limits)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.usefixtures("warm")
async def test_a_render_that_crashes_its_process_fails_alone(font_dir: Path) -> None:
    async with pool(font_dir) as running:
        await running.render("invoice", SMALL)
        [process] = active_children()
        rendering = asyncio.create_task(running.render("invoice", SOME))
        await asyncio.sleep(0.2)
        os.kill(process.pid or 0, signal.SIGKILL)
        with pytest.raises(RenderFailed, match="render-crashed"):
            await rendering
        assert (await running.render("invoice", SMALL)).pages == 1


@pytest.mark.usefixtures("warm")
async def test_a_render_that_takes_too_long_is_ended_and_fails_alone(font_dir: Path) -> None:
    async with pool(font_dir, timeout_s=1.0) as running:
        with pytest.raises(RenderFailed, match="render-timed-out"):
            await running.render("invoice", LARGE)
    async with pool(font_dir) as running:
        assert (await running.render("invoice", SMALL)).pages == 1


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (RenderLimits(cpu_s=1, memory_mb=1024), "render-over-cpu-limit"),
        (RenderLimits(cpu_s=120, memory_mb=32), "render-over-memory-limit"),
    ],
)
async def test_a_render_over_a_limit_fails_alone_and_for_good(
    limits: RenderLimits, reason: str, font_dir: Path
) -> None:
    """A small document takes some MiB, one of 2,500 lines well over 32."""
    async with pool(font_dir, limits=limits) as running:
        assert (await running.render("invoice", SMALL)).pages == 1
        for _ in range(2):
            with pytest.raises(RenderFailed) as failure:
                await running.render("invoice", HUGE)
            assert (failure.value.reason, failure.value.final) == (reason, True)
            assert (await running.render("invoice", SMALL)).pages == 1


@pytest.mark.parametrize(("memory_mb", "refused"), [(1, True), (64, False)])
def test_a_process_that_has_come_to_its_memory_limit_is_seen_from_without(memory_mb: int, refused: bool) -> None:
    """It may be past saying so."""
    code = (
        "import sys; from documents.adapters.pdf.limits import RenderLimits;"
        f"RenderLimits(1, {memory_mb}).hold_process(); taken = bytearray(2**19); print('ready', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert is_refused_memory(process.pid) is refused


@pytest.mark.usefixtures("warm")
async def test_many_documents_of_a_process_may_each_take_what_one_may(font_dir: Path) -> None:
    """The kernel counts what a process takes in all."""
    async with pool(font_dir, limits=RenderLimits(cpu_s=2, memory_mb=1024)) as running:
        await running.render("invoice", SMALL)
        [process] = active_children()
        for _ in range(20):
            await running.render("invoice", SMALL)
        assert [child.pid for child in active_children()] == [process.pid]


@pytest.mark.usefixtures("warm")
async def test_a_render_goes_on_when_its_process_group_is_told_to_stop(font_dir: Path) -> None:
    """That is for the service: it takes its time, and the document is no worse for it."""
    async with pool(font_dir) as running:
        await running.render("invoice", SMALL)
        [process] = active_children()
        rendering = asyncio.create_task(running.render("invoice", SOME))
        await asyncio.sleep(0.2)
        template = parent_of(process.pid or 0)
        assert template != os.getpid()
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(process.pid or 0, number)
            os.kill(template, number)
        assert (await rendering).pages > 1


@pytest.mark.usefixtures("warm")
async def test_a_snapshot_that_cannot_be_rendered_says_of_what_kind_only(font_dir: Path) -> None:
    async with pool(font_dir) as running:
        with pytest.raises(RenderFailed) as failure:
            await running.render("invoice", facts_of(invoice(seller=None)))
        assert failure.value.reason == "render-error-ValueError"
        assert (await running.render("invoice", SMALL)).content.startswith(b"%PDF-")


@pytest.mark.usefixtures("warm")
async def test_a_process_is_replaced_after_its_share_and_gives_the_same_bytes(font_dir: Path) -> None:
    async with pool(font_dir, renders=1) as running:
        first = await running.render("invoice", SMALL)
        before = {process.pid for process in active_children()}
        assert await running.render("invoice", SMALL) == first
        assert before.isdisjoint({process.pid for process in active_children()})


async def test_stopping_leaves_no_process_behind(font_dir: Path) -> None:
    async with pool(font_dir) as running:
        await running.render("invoice", SMALL)
        [process] = active_children()
        template = parent_of(process.pid or 0)
        assert template != os.getpid()
    assert not Path(f"/proc/{template}").exists()
    # Not `process.is_alive()`: the executor's own thread reaps the child too, and whoever comes second never learns.
    until(lambda: Path(f"/proc/{process.pid}").exists(), lambda there: not there)


def test_what_workers_are_forked_of_has_all_that_they_need(font_dir: Path) -> None:
    """So a worker that was ended costs no second look at two thousand modules. What services need is not among them."""
    others = ("pymongo", "aiokafka", "fastapi", "httpx2", "opentelemetry", "prometheus_client")
    code = (
        "import sys, documents.adapters.pdf.template_process; before = set(sys.modules);"
        "from pathlib import Path; from documents.adapters.pdf import worker;"
        "from documents.adapters.pdf.limits import RenderLimits;"
        f"worker.start(Path({str(font_dir)!r}), RenderLimits(60, 2048)); print(len(set(sys.modules) - before));"
        f"print([name for name in {others} if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    missing, too_much = loaded.stdout.splitlines()
    assert (int(missing) < 20, too_much) == (True, "[]")


def test_the_service_itself_does_not_load_what_only_rendering_needs() -> None:
    heavy = ("xhtml2pdf", "reportlab", "fontTools", "PIL", "babel", "jinja2", "lxml")
    code = f"import sys, documents.app; print([name for name in {heavy!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert loaded.stdout.strip() == "[]"
