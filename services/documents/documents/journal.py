"""What of documents is under revision."""

from chassis.journal.journal import Journal

JOURNAL = Journal(plain={}, others=("sending_settings", "link_openings"), once=("link_openings",))
