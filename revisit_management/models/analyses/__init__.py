# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_analysis
from . import revisit_analysis_item
from . import figures
from . import steps
from . import writers
from . import making
from . import documents
from . import revisit_team
