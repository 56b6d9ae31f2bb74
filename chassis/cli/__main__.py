"""python -m chassis.cli"""

from chassis.cli import app

app(prog_name="chairside")
