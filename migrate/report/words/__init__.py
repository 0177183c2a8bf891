"""The report's English, in one place. What a practice reads says its words, not the team's.

(DESIGN: two vocabularies.) A file for each part of the page; every name of theirs is a name here.
Texts with ``{…}`` are filled by the view; nothing here is data.
"""

from migrate.report.words.alerts import *  # noqa: F403
from migrate.report.words.chart import *  # noqa: F403
from migrate.report.words.money import *  # noqa: F403
from migrate.report.words.one_page import *  # noqa: F403
from migrate.report.words.page import *  # noqa: F403
from migrate.report.words.rehearsals import *  # noqa: F403
from migrate.report.words.sections import *  # noqa: F403
from migrate.report.words.team import *  # noqa: F403
from migrate.report.words.terminal import *  # noqa: F403
from migrate.report.words.verdict import *  # noqa: F403
