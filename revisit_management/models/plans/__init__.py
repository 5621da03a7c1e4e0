# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_plan
from . import approval
from . import revisit_plan_progress
from . import schedule
from . import report
