"""What a build prints at its end says what was skipped, and why."""

from pathlib import Path

from tests.summary import lines

REPORT = """<testsuites><testsuite name="pytest" errors="1" failures="1" skipped="3" tests="9" time="90">
<testcase classname="a" name="one" time="1"/>
<testcase classname="a" name="two" time="1"><skipped type="pytest.skip" message="no java"/></testcase>
<testcase classname="a" name="three" time="1"><skipped type="pytest.skip" message="no java"/></testcase>
<testcase classname="a" name="four" time="1"><skipped type="pytest.skip" message="no Docker engine"/></testcase>
</testsuite></testsuites>"""


def test_each_reason_for_which_tests_were_skipped_is_counted(tmp_path: Path) -> None:
    (tmp_path / "mongod.xml").write_text(REPORT)
    assert list(lines(tmp_path / "mongod.xml")) == [
        "mongod: 6 tests in 1.5 minutes, 2 failed, 3 skipped",
        "    2 skipped: no java",
        "    1 skipped: no Docker engine",
    ]


def test_a_run_that_never_was_is_said(tmp_path: Path) -> None:
    assert list(lines(tmp_path / "kafka.xml")) == ["kafka: no report, so nothing ran"]
