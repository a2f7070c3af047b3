"""Reports: one self-contained HTML file about runs, and its data as JSON.

`story` selects the data from a run's records, `page` formats it. Both take plain values and read no
files.
"""

from cogitate.report.page import page
from cogitate.report.story import Records, story

__all__ = ["Records", "page", "story"]
