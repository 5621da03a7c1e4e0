# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_planner
from . import revisit_planner_slot
from . import revisit_planning_skip
from . import revisit_run
from . import background
from . import slices
from . import policy_runs
from . import revisit_draw

# each step, record by record (plain) and set-based (sql), with the same names
from . import plain
from . import sql

# the next callback of a chain, which no document asks for
from . import chains
