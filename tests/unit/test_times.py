"""What a run cost is told with the processes that its tests have started."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.cpu import spent_s
from tests.times import Measured, lines, measured

BUSY_S, TICKS_S = 0.3, 0.05
BUSY = f"import sys, time\nwhile time.process_time() < {BUSY_S}: pass\nprint('done', flush=True)\nsys.stdin.read()"
REPORT = """<testsuites><testsuite>
<testcase classname="tests.a" name="test_one" time="3.5"><properties>
<property name="cpu-setup" value="1.5" /><property name="cpu-call" value="0.25" />
<property name="cpu-teardown" value="0.25" /></properties></testcase>
<testcase classname="tests.b" name="test_two" time="4.0" />
<testcase name="" time="0.0"><error>interrupted</error></testcase>
</testsuite></testsuites>"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_what_a_process_spends_counts_while_it_lives_and_when_it_is_reaped() -> None:
    before = spent_s()
    with subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"done\n"
        living = spent_s() - before
    assert living >= BUSY_S - TICKS_S
    assert spent_s() - before >= BUSY_S - TICKS_S


def test_cpu_is_read_by_phase_and_a_test_without_is_there_all_the_same(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    one, two = measured(report)
    assert one == Measured("tests.a", "test_one", 3.5, (1.5, 0.25, 0.25))
    assert (one.spent, two.spent) == (2.0, 0.0)


def test_the_dearest_come_first_below_the_sum_of_all() -> None:
    tests = [Measured("tests.a", "test_one", 3.5, (1.5, 0.25, 0.25)), Measured("tests.b", "test_two", 4.0)]
    shown = [line.split() for line in lines(tests, most=1)]
    assert ["7.5", "2.0", "1.5", "0.2", "0.2", "all"] in shown
    assert [line[-1] for line in shown if line][-1] == "tests.b::test_two"
    assert not any("test_one" in word for line in shown for word in line)
