# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_planner_set
from . import extensions
from . import contacts
from . import assignment
from . import store
from . import chains
from . import handover
from . import left
from . import recurrence
