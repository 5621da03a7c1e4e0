# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_issue_category
from . import revisit_issue_deadline
from . import revisit_issue_by_hand_mixin
from . import revisit_issue
from . import solution
from . import revisit_issue_change
from . import clock
from . import worked_on
