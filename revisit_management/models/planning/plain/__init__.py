# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import sources
from . import handover
from . import assignment
from . import contacts
from . import recurrence
from . import store
