# Part of Revisit. See LICENSE file for full copyright and licensing details.
from . import revisit_pending_outcome
from . import said
from . import revisit_console
from . import screen
from . import customer_records
from . import redo
from . import results
from . import knowledge
